// From what clients wrote down to the operations of one stock, as the linearizability check sees them.
//
// All attempts with one key are one operation, which loses nothing. The first attempt that the ledger judges decides
// the key; every other one is told the same and changes nothing. So the decision lies
// - not before the first attempt was sent, and
// - not after the earliest definite answer, whichever attempt got it.
// And every moment between the two is possible: if the attempt with that answer was not sent yet, then the one that
// was sent first is still under way, because it was answered later, or never for certain. What is answered later only
// repeats the decision. An attempt of unknown outcome (503, a broken connection, 422) may arrive at any later time or
// never, so it sets no end. Even a 503 that promises that nothing was done sets none: that is rule I5's affair.
import { code, message } from '../../src/shared/answer-codes.js';
import { isTradeType, maxShares } from '../../src/shared/domain.js';
import type { LookedUp, Posted } from './history.js';

/** Something that took place at one moment between its beginning and its end. */
export interface Operation {
  /** `unknown`: an order that may have been executed at any time since it was sent, or never. */
  readonly kind: 'executed' | 'refused' | 'unknown' | 'lookup';
  readonly sentMs: number;
  /** Infinity for unknown ones. */
  readonly answeredMs: number;
  /** By how much an order changes the quantity, if it is executed; 0 for lookups. */
  readonly change: number;
  /** What a lookup showed; 0 for orders. */
  readonly shown: number;
  readonly text: string;
}

export interface Operations {
  readonly byStock: ReadonlyMap<string, readonly Operation[]>;
  /** What no order of events can explain, whatever the stocks are. */
  readonly contradictions: readonly string[];
}

type Told = Operation['kind'] | 'invalid';

/** The attempts with one key and one body. */
interface Merged {
  readonly body: Posted;
  sentMs: number;
  /** When the first definite answer came; Infinity if none did. */
  answeredMs: number;
  told: Told;
  /** The same in words. */
  answer: string;
}

const stateRefusals = new Set<string>([message.notEnough, message.tooMany]);
const textRefusals = new Set<string>([message.invalidType, message.invalidName, message.negativeQuantity]);

const span = (sentMs: number, answeredMs: number): string =>
  `[${sentMs.toFixed(3)}, ${answeredMs === Infinity ? '…' : answeredMs.toFixed(3)}]`;

/** @param stocks the names that can be traded */
export function operationsOf(
  posts: readonly Posted[],
  lookups: readonly LookedUp[],
  stocks: ReadonlySet<string>,
): Operations {
  const byStock = new Map<string, Operation[]>([...stocks].map((name) => [name, []]));
  const contradictions: string[] = [];
  for (const bodies of mergeAttempts(posts, contradictions).values()) {
    for (const merged of takeEffect(bodies, stocks, contradictions)) {
      const operation = orderOperation(merged);
      // Zero shares that were, or may have been, executed change nothing and are always possible.
      if (operation.change !== 0 || operation.kind === 'refused') {
        byStock.get(merged.body.name)?.push(operation);
      }
    }
  }
  for (const lookup of lookups) {
    const operations = byStock.get(lookup.name);
    const operation = lookupOperation(lookup);
    if (operations) {
      operations.push(operation);
    } else {
      contradictions.push(`${lookup.name} does not exist, and yet: ${operation.text}`);
    }
  }
  return { byStock, contradictions };
}

/** By key, the attempts for each body. */
function mergeAttempts(posts: readonly Posted[], contradictions: string[]): Map<string, Merged[]> {
  const keys = new Map<string, Merged[]>();
  for (const posted of posts) {
    const bodies = keys.get(posted.key) ?? [];
    keys.set(posted.key, bodies);
    let merged = bodies.find(({ body }) => isSameBody(body, posted));
    if (!merged) {
      merged = {
        body: posted,
        sentMs: Infinity,
        answeredMs: Infinity,
        told: 'unknown',
        answer: 'outcome unknown',
      };
      bodies.push(merged);
    }
    merged.sentMs = Math.min(merged.sentMs, posted.sentMs);
    const told = toldOf(posted);
    if (told !== 'unknown') {
      const answer = told === 'executed' ? told : `refused, "${posted.message}"`;
      if (merged.told !== 'unknown' && merged.answer !== answer) {
        contradictions.push(`${posted.key} was ${merged.answer}, and ${answer}`);
      }
      merged.told = told;
      merged.answer = answer;
      merged.answeredMs = Math.min(merged.answeredMs, posted.answeredMs);
    }
  }
  return keys;
}

function isSameBody(a: Posted, b: Posted): boolean {
  return a.name === b.name && a.type === b.type && a.quantity === b.quantity;
}

function toldOf({ code: answer, message: text }: Posted): Told {
  if (answer === code.ok) {
    return 'executed';
  }
  if (answer === code.notFound && stateRefusals.has(text)) {
    return 'refused';
  }
  return answer === code.notFound && textRefusals.has(text) ? 'invalid' : 'unknown';
}

/**
 * Which of the bodies of one key can have taken effect: the one that was decided, and then no other; else every one
 * that may be on its way. Of those only one can win in the end. That is not held against them, which lets a wrong
 * history pass at worst.
 */
function takeEffect(
  bodies: readonly Merged[],
  stocks: ReadonlySet<string>,
  contradictions: string[],
): readonly Merged[] {
  const decided = bodies.filter(({ told }) => told === 'executed' || told === 'refused');
  if (decided.length > 1) {
    contradictions.push(`${bodies[0]?.body.key} was decided with two different bodies`);
  }
  const impossible = decided.find((merged) => !isValid(merged, stocks));
  if (impossible) {
    const { key, type, quantity, name } = impossible.body;
    contradictions.push(`${key} was ${impossible.told}: ${type} ${quantity} of ${name}`);
  }
  const candidates = decided.length > 0 ? decided : bodies.filter(({ told }) => told === 'unknown');
  return candidates.filter((merged) => isValid(merged, stocks));
}

function isValid({ body: { type, name, quantity } }: Merged, stocks: ReadonlySet<string>): boolean {
  return isTradeType(type) && stocks.has(name) && quantity >= 0;
}

function orderOperation({ body, told, sentMs, answeredMs, answer }: Merged): Operation {
  const { key, type, quantity } = body;
  return {
    kind: told as Operation['kind'],
    sentMs,
    answeredMs,
    change: type === 'buy' ? -quantity : quantity,
    shown: 0,
    text: `${type} ${quantity} (${key}) ${span(sentMs, answeredMs)}: ${answer}`,
  };
}

function lookupOperation({ sentMs, answeredMs, quantity, by }: LookedUp): Operation {
  const text = `lookup at ${by} ${span(sentMs, answeredMs)}: ${quantity} left`;
  return { kind: 'lookup', sentMs, answeredMs, change: 0, shown: quantity, text };
}

/** Whether an order can be executed when `quantity` is left. */
export function isPossible(change: number, quantity: number): boolean {
  return quantity + change >= 0 && quantity + change <= maxShares;
}
