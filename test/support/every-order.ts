// The definition of linearizability for one stock, tried out in every way: slow, and too simple to be wrong. Each
// attempt stands for itself here, and the stock remembers which keys it has decided.
import { code, message } from '../../src/shared/answer-codes.js';
import type { LookedUp, Posted } from '../checker/history.js';

interface State {
  readonly quantity: number;
  /** By key, whether it was executed. */
  readonly decided: Readonly<Record<string, boolean>>;
}

const isDefinite = (event: Posted | LookedUp): boolean =>
  !('key' in event) || event.code === code.ok || event.code === code.notFound;
const endMs = (event: Posted | LookedUp): number => (isDefinite(event) ? event.answeredMs : Infinity);

/** Whether some order of the events, each of one stock, explains all answers. */
export function canBeOrdered(events: readonly (Posted | LookedUp)[], quantity: number): boolean {
  return canFollow(events, { quantity, decided: {} });
}

function canFollow(left: readonly (Posted | LookedUp)[], state: State): boolean {
  if (!left.some(isDefinite)) {
    return true;
  }
  return left.some((event) => {
    const mayBeNext = left.every((other) => event.sentMs <= endMs(other));
    const next = mayBeNext ? after(event, state) : undefined;
    return (
      next !== undefined &&
      canFollow(
        left.filter((other) => other !== event),
        next,
      )
    );
  });
}

/** Undefined: the answer cannot have been given in this state. */
function after(event: Posted | LookedUp, state: State): State | undefined {
  if (!('key' in event)) {
    return event.quantity === state.quantity ? state : undefined;
  }
  const left = state.quantity + (event.type === 'buy' ? -event.quantity : event.quantity);
  const isExecuted = state.decided[event.key] ?? left >= 0;
  const told = isExecuted ? code.ok : code.notFound;
  if (isDefinite(event) && (event.code !== told || event.message !== (isExecuted ? '' : message.notEnough))) {
    return undefined;
  }
  const isNew = !(event.key in state.decided);
  return {
    quantity: isNew && isExecuted ? left : state.quantity,
    decided: { ...state.decided, [event.key]: isExecuted },
  };
}
