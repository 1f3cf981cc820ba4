// The invariants of docs/protocol.md, held against what clients saw and what is on the disks after everything has
// healed. One checker for the simulation, the chaos run and the integration tests. I8, I9, I12 and I13 are about
// moments that leave no trace in the files: whoever runs the system watches those.
import { code, message } from '../../src/shared/answer-codes.js';
import type { Trade } from '../../src/shared/domain.js';
import { chainTrade } from '../../src/shared/trade-line.js';
import type { History, LookedUp, Posted, Queried } from './history.js';

export interface Evidence extends History {
  /** The stocks before the first trade. */
  readonly stocks: readonly { readonly name: string; readonly quantity: number }[];
  readonly journal: readonly Trade[];
  /** Each replica's log by its name. */
  readonly logs: ReadonlyMap<string, readonly Trade[]>;
}

/** Answers that promise that this attempt did nothing. */
const notDone = new Set<string>([message.noLeader, message.catalogDown, message.diskFull, message.queueFull]);
/** Refusals that depend on the stock's state, and are therefore recorded. */
const stateRefusals = new Set<string>([message.notEnough, message.tooMany]);

/** The violations of the invariants, each beginning with its name; empty if all of them hold. */
export function check(evidence: Evidence): string[] {
  const violations: string[] = [];
  const say = (text: string): void => void violations.push(text);
  const byKey = new Map(evidence.journal.map((trade) => [trade.orderId, trade]));
  checkJournal(evidence, say);
  checkLogs(evidence, say);
  evidence.posts.forEach((posted) => checkPosted(posted, byKey.get(posted.key), say));
  checkOneAnswer(evidence.posts, say);
  checkNothingDone(evidence.posts, byKey, say);
  checkRealTimeOrder(evidence, say);
  checkLookups(evidence, say);
  checkQueries(evidence, say);
  return violations;
}

type Say = (text: string) => void;

/** I2, I3, I4: numbers without gap or repetition, no key twice, no quantity below 0. */
function checkJournal({ stocks, journal }: Evidence, say: Say): void {
  const quantities = new Map(stocks.map(({ name, quantity }) => [name, quantity]));
  const keys = new Set<string>();
  let checksum = 0;
  journal.forEach((trade, index) => {
    const { number, name, type, quantity, orderId } = trade;
    if (number !== index + 1) {
      say(`I2: trade ${number} stands where ${index + 1} should`);
    }
    if (keys.has(orderId)) {
      say(`I3: ${orderId} is in the journal twice, the second time as ${number}`);
    }
    keys.add(orderId);
    const left = (quantities.get(name) ?? 0) + (type === 'buy' ? -quantity : quantity);
    quantities.set(name, left);
    if (left < 0) {
      say(`I4: trade ${number} leaves ${left} of ${name}`);
    }
    checksum = chainTrade(trade, checksum).checksum;
    if (trade.checksum !== checksum) {
      say(`I2: trade ${number} does not carry the checksum of the history before it`);
    }
  });
}

/** I1 and I7, after healing: every log is the journal. */
function checkLogs({ journal, logs }: Evidence, say: Say): void {
  for (const [name, trades] of logs) {
    const isSame = ({ checksum, number, orderId }: Trade, index: number): boolean => {
      const ours = journal[index];
      return ours?.checksum === checksum && ours.number === number && ours.orderId === orderId;
    };
    const differing = trades.findIndex((trade, index) => !isSame(trade, index));
    if (differing !== -1) {
      say(`I7: ${name} differs from the journal at trade ${differing + 1}`);
    } else if (trades.length !== journal.length) {
      say(`I1: ${name} holds ${trades.length} trades, the journal ${journal.length}`);
    }
  }
}

/** I1, I5: what a client was told is so. */
function checkPosted(posted: Posted, trade: Trade | undefined, say: Say): void {
  const { key, code: answer, message: text, number, name, type, quantity } = posted;
  if (answer === code.ok) {
    const isSame =
      trade?.number === number && trade.name === name && trade.type === type && trade.quantity === quantity;
    if (!isSame) {
      say(`I1: ${key} was acknowledged as ${number}, the ledger has ${JSON.stringify(trade)}`);
    }
  } else if (answer === code.notFound && trade) {
    say(`I5: ${key} was told "${text}", and is trade ${trade.number}`);
  } else if (answer === code.notLeader) {
    say(`I12: ${key} was sent away: ${text}`);
  }
}

/** I3: whoever asks for a key gets the same answer. */
function checkOneAnswer(posts: readonly Posted[], say: Say): void {
  const answers = new Map<string, string>();
  for (const { key, code: answer, message: text, number } of posts) {
    const isDefinite = answer === code.ok || (answer === code.notFound && stateRefusals.has(text));
    const told = `${answer} ${number} ${text}`;
    const before = answers.get(key);
    if (isDefinite && before !== undefined && before !== told) {
      say(`I3: ${key} was told "${before}" and "${told}"`);
    }
    if (isDefinite) {
      answers.set(key, told);
    }
  }
}

/** I5: a single attempt that was told that nothing was done left nothing behind. */
function checkNothingDone(posts: readonly Posted[], byKey: ReadonlyMap<string, Trade>, say: Say): void {
  const attempts = new Map<string, number>();
  posts.forEach(({ key }) => attempts.set(key, (attempts.get(key) ?? 0) + 1));
  for (const { key, message: text, doublesPossible } of posts) {
    const isOnly = attempts.get(key) === 1 && !doublesPossible;
    if (isOnly && notDone.has(text) && byKey.has(key)) {
      say(`I5: ${key} was told "${text}", and is a trade`);
    }
  }
}

/** I6: acknowledged before another was sent, so the smaller number. Orders that nobody was seen to send prove nothing. */
function checkRealTimeOrder({ posts, journal }: Evidence, say: Say): void {
  const sentMs = new Map<string, number>();
  const answeredMs = new Map<string, number>();
  for (const posted of posts) {
    sentMs.set(posted.key, Math.min(posted.sentMs, sentMs.get(posted.key) ?? Infinity));
    if (posted.code === code.ok) {
      answeredMs.set(posted.key, Math.min(posted.answeredMs, answeredMs.get(posted.key) ?? Infinity));
    }
  }
  let laterAnswered = { key: '', atMs: Infinity };
  for (const { orderId: key, number } of journal.toReversed()) {
    if (laterAnswered.atMs < (sentMs.get(key) ?? -Infinity)) {
      say(`I6: ${key} is ${number}, sent after ${laterAnswered.key} was answered`);
    }
    const atMs = answeredMs.get(key) ?? Infinity;
    laterAnswered = atMs < laterAnswered.atMs ? { key, atMs } : laterAnswered;
  }
}

interface KnownVersion {
  readonly atMs: number;
  readonly name: string;
  readonly version: number;
  readonly how: 'seen' | 'acknowledged';
}

/** I10: nothing older than what was acknowledged, or seen, before the lookup began; and each state is a true one. */
function checkLookups({ lookups, posts, stocks, journal }: Evidence, say: Say): void {
  const quantities = quantitiesByVersion(stocks, journal);
  const known: KnownVersion[] = [
    ...lookups.map(({ answeredMs: atMs, name, version }) => ({ atMs, name, version, how: 'seen' as const })),
    ...posts
      .filter((posted) => posted.code === code.ok)
      .map(({ answeredMs: atMs, name, number: version }) => ({
        atMs,
        name,
        version,
        how: 'acknowledged' as const,
      })),
  ].sort((a, b) => a.atMs - b.atMs);
  const newest = new Map<string, KnownVersion>();
  let next = 0;
  for (const lookup of lookups.toSorted((a, b) => a.sentMs - b.sentMs)) {
    for (; (known[next]?.atMs ?? Infinity) < lookup.sentMs; next += 1) {
      const fact = known[next] as KnownVersion;
      if (fact.version > (newest.get(fact.name)?.version ?? -1)) {
        newest.set(fact.name, fact);
      }
    }
    checkLookup(lookup, newest.get(lookup.name), quantities.get(`${lookup.name} ${lookup.version}`), say);
  }
}

function checkLookup(
  lookup: LookedUp,
  fact: KnownVersion | undefined,
  trueQuantity: number | undefined,
  say: Say,
): void {
  const { name, version, quantity, by, sentMs } = lookup;
  if (fact && version < fact.version) {
    say(
      `I10: ${by} showed ${name} at ${version} when asked at ${sentMs.toFixed(3)}, ` +
        `though ${fact.version} was ${fact.how} at ${fact.atMs.toFixed(3)}`,
    );
  }
  if (trueQuantity !== quantity) {
    say(`I10: ${by} showed ${name} at ${version} with ${quantity}, there were ${trueQuantity}`);
  }
}

/** The quantity of each stock after each trade that touched it, by name and number; number 0 is the beginning. */
function quantitiesByVersion(stocks: Evidence['stocks'], journal: readonly Trade[]): Map<string, number> {
  const quantities = new Map(stocks.map(({ name, quantity }) => [`${name} 0`, quantity]));
  const now = new Map(stocks.map(({ name, quantity }) => [name, quantity]));
  for (const { name, type, quantity, number } of journal) {
    const left = (now.get(name) ?? 0) + (type === 'buy' ? -quantity : quantity);
    now.set(name, left);
    quantities.set(`${name} ${number}`, left);
  }
  return quantities;
}

/** I11: an order is shown as it is, and none is missing that was acknowledged before it was asked for. */
function checkQueries({ queries, posts, journal }: Evidence, say: Say): void {
  const acknowledged = posts
    .filter((posted) => posted.code === code.ok)
    .sort((a, b) => a.answeredMs - b.answeredMs);
  let highest = 0;
  let next = 0;
  for (const query of queries.toSorted((a, b) => a.sentMs - b.sentMs)) {
    for (; (acknowledged[next]?.answeredMs ?? Infinity) < query.sentMs; next += 1) {
      highest = Math.max(highest, acknowledged[next]?.number ?? 0);
    }
    checkQuery(query, journal[query.number - 1], highest, say);
  }
}

function checkQuery(query: Queried, trade: Trade | undefined, acknowledged: number, say: Say): void {
  const { number, code: answer, order } = query;
  if (answer === code.notFound && number >= 1 && number <= acknowledged) {
    say(`I11: order ${number} was not found, though ${acknowledged} was acknowledged before`);
  }
  const isTrue =
    order?.name === trade?.name && order?.type === trade?.type && order?.quantity === trade?.quantity;
  if (answer === code.ok && !isTrue) {
    say(`I11: order ${number} was shown as ${JSON.stringify(order)}`);
  }
}
