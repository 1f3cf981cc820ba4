// Ways to change the history of a run that went well, for the test of the checkers: as a fault of the system would
// have, and as bad luck might have. The journal stays as it is, and tells the truth.
import { code, message } from '../../src/shared/answer-codes.js';
import type { Trade } from '../../src/shared/domain.js';
import type { Evidence } from '../checker/checker.js';
import type { LookedUp, Posted } from '../checker/history.js';
import type { Dice } from './dice.js';

/** The damaged history; undefined: there is nothing to be damaged in this way. */
type Corruption = (evidence: Evidence, dice: Dice) => Evidence | undefined;

export const corruptions: Readonly<Record<string, Corruption>> = {
  'a lookup shows a state from before an acknowledged order': (evidence, dice) => {
    const lookup = pick(evidence.lookups, dice);
    const known = evidence.posts.filter(
      (posted) =>
        posted.code === code.ok && posted.name === lookup?.name && posted.answeredMs < lookup.sentMs,
    );
    const newest = Math.max(...known.map(({ number }) => number));
    const older = lookup && pick(statesBefore(evidence, lookup.name, newest), dice);
    return older && changeLookups(evidence, (each) => (each === lookup ? { ...each, ...older } : each));
  },
  'no lookup shows an acknowledged order': (evidence, dice) => {
    const lost = pick(acknowledged(evidence), dice);
    return lost && shift(evidence, lost, -1);
  },
  'every lookup shows an acknowledged order twice': (evidence, dice) => {
    const doubled = pick(acknowledged(evidence), dice);
    return doubled && shift(evidence, doubled, 1);
  },
  'an order is acknowledged that nobody has executed': (evidence, dice) => {
    const model = pick(acknowledged(evidence), dice);
    const invented = model && { ...model, key: 'invented', number: evidence.journal.length + 1 };
    return invented && { ...evidence, posts: [...evidence.posts, invented] };
  },
  'a refused order is acknowledged': (evidence, dice) => {
    const refused = pick(
      evidence.posts.filter(({ message: text }) => text === message.notEnough),
      dice,
    );
    const number = evidence.journal.length + 1;
    return refused && changeKey(evidence, refused.key, { code: code.ok, message: '', number });
  },
  'an executed order is called refused': (evidence, dice) => {
    const executed = pick(
      acknowledged(evidence).filter(({ type }) => type === 'buy'),
      dice,
    );
    const answer = { code: code.notFound, message: message.notEnough, number: 0 };
    return executed && changeKey(evidence, executed.key, answer);
  },
};

/** What makes a history say less, so that it stays explicable. */
export const harmlessChanges: Readonly<Record<string, (evidence: Evidence, dice: Dice) => Evidence>> = {
  'answers come later': (evidence, dice) => {
    const later = <T extends { answeredMs: number }>(each: T): T =>
      dice.chance(0.2) ? { ...each, answeredMs: each.answeredMs + dice.wait(200) } : each;
    return { ...evidence, posts: evidence.posts.map(later), lookups: evidence.lookups.map(later) };
  },
  'answers to orders are lost': (evidence, dice) => {
    const lost = { code: 0, message: 'the connection broke', number: 0 };
    const share = dice.pick([0.05, 0.3, 1]);
    const posts = evidence.posts.map((posted) => (dice.chance(share) ? { ...posted, ...lost } : posted));
    return { ...evidence, posts };
  },
  'lookups are not made': (evidence, dice) => ({
    ...evidence,
    lookups: evidence.lookups.filter(() => dice.chance(0.5)),
  }),
};

function pick<T>(items: readonly T[], dice: Dice): T | undefined {
  return items.length > 0 ? dice.pick(items) : undefined;
}

function acknowledged({ posts }: Evidence): Posted[] {
  return posts.filter((posted) => posted.code === code.ok && posted.quantity > 0);
}

const changeOf = ({ type, quantity }: Pick<Trade | Posted, 'type' | 'quantity'>): number =>
  type === 'buy' ? -quantity : quantity;

function statesBefore(
  { stocks, journal }: Evidence,
  name: string,
  number: number,
): Pick<LookedUp, 'version' | 'quantity'>[] {
  let quantity = stocks.find((stock) => stock.name === name)?.quantity ?? 0;
  const states = [{ version: 0, quantity }];
  for (const trade of journal.filter((each) => each.name === name)) {
    quantity += changeOf(trade);
    states.push({ version: trade.number, quantity });
  }
  return states.filter(({ version }) => version < number);
}

function changeLookups(evidence: Evidence, change: (lookup: LookedUp) => LookedUp): Evidence {
  return { ...evidence, lookups: evidence.lookups.map(change) };
}

/** Adds an order's effect to all that was seen from it on. */
function shift(evidence: Evidence, order: Posted, times: number): Evidence {
  return changeLookups(evidence, (lookup) =>
    lookup.name === order.name && lookup.version >= order.number
      ? { ...lookup, quantity: lookup.quantity + times * changeOf(order) }
      : lookup,
  );
}

/** All definite answers to one key. */
function changeKey(
  evidence: Evidence,
  key: string,
  answer: Pick<Posted, 'code' | 'message' | 'number'>,
): Evidence {
  const isDefinite = (posted: Posted): boolean => posted.code === code.ok || posted.code === code.notFound;
  const posts = evidence.posts.map((posted) =>
    posted.key === key && isDefinite(posted) ? { ...posted, ...answer } : posted,
  );
  return { ...evidence, posts };
}

interface MergedOrder {
  readonly name: string;
  readonly change: number;
  readonly sentMs: number;
  /** Infinity: it may not have been executed at all. */
  readonly executedMs: number;
}

/**
 * Whether some lookup shows what cannot have been left at any moment of it: whichever of the orders that may have
 * been executed by then are taken together with those that must have been.
 */
export function showsImpossibleQuantity({ stocks, posts, lookups }: Evidence): boolean {
  const orders = mergeOrders(posts);
  return lookups.some(({ name, sentMs, answeredMs, quantity }) => {
    const begun = orders.filter((order) => order.name === name && order.sentMs <= answeredMs);
    const sure = begun.filter(({ executedMs }) => executedMs < sentMs);
    const initial = stocks.find((stock) => stock.name === name)?.quantity ?? 0;
    let possible = new Set([sure.reduce((sum, { change }) => sum + change, initial)]);
    for (const { change } of begun.filter(({ executedMs }) => executedMs >= sentMs)) {
      possible = new Set([...possible].flatMap((sum) => [sum, sum + change]));
    }
    return !possible.has(quantity);
  });
}

/** One for each key that was not refused. */
function mergeOrders(posts: readonly Posted[]): MergedOrder[] {
  const refused = new Set(posts.filter((posted) => posted.code === code.notFound).map(({ key }) => key));
  const orders = new Map<string, MergedOrder>();
  for (const posted of posts.filter(({ key }) => !refused.has(key))) {
    const { key, name, sentMs } = posted;
    const before = orders.get(key) ?? { sentMs: Infinity, executedMs: Infinity };
    orders.set(key, {
      name,
      change: changeOf(posted),
      sentMs: Math.min(before.sentMs, sentMs),
      executedMs: Math.min(before.executedMs, posted.code === code.ok ? posted.answeredMs : Infinity),
    });
  }
  return [...orders.values()];
}
