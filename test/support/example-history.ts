// Histories made by hand, for the tests of the checkers.
import { code, message } from '../../src/shared/answer-codes.js';
import type { LookedUp, Posted } from '../checker/history.js';

/** An order, `buy 1 of A` unless told otherwise. */
export type Attempt = Partial<Posted> & Pick<Posted, 'key' | 'sentMs' | 'answeredMs'>;

function posted(attempt: Attempt): Posted {
  return { name: 'A', type: 'buy', quantity: 1, code: code.ok, message: '', number: 0, ...attempt };
}

/** Executed, under a number that only the fast checker looks at. */
export function executed(attempt: Attempt): Posted {
  return posted({ number: 1, ...attempt });
}

/** Refused by the stock's state. */
export function refused(attempt: Attempt): Posted {
  const text = attempt.type === 'sell' ? message.tooMany : message.notEnough;
  return posted({ code: code.notFound, message: text, ...attempt });
}

/** Without a definite answer. */
export function unknown(attempt: Attempt): Posted {
  return posted({ code: code.unavailable, message: message.outcomeUnknown, ...attempt });
}

export function lookup(sentMs: number, answeredMs: number, quantity: number, version = 0): LookedUp {
  return { name: 'A', sentMs, answeredMs, quantity, version, by: 'frontend-1 (HIT)' };
}
