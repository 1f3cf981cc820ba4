// The search for an order of events that explains what clients saw of one stock; linearizability.ts says whose it is.
//
// What the stock answers next depends on the quantity that is left, and that follows from the set of operations that
// are in order already: the beginning plus what the executed ones among them changed. So that set alone is what the
// search remembers. A moment at which nothing is under way needs no special treatment: all ways to get there have the
// same set.
//
// Three things keep it small, none of which loses a solution:
// - A lookup or a refusal that is true now is taken now. It changes nothing, so it never stands in the way.
// - Of executed orders with the same effect that may come next, the one that ends first is tried alone: wherever
//   another one of them comes first, the two can be exchanged.
// - An order of unknown outcome never ends. So of those with the same effect the one sent first is tried, after all
//   that end, and only how many were used is remembered. One that is not used was refused, or is still to come.
import { SearchState, type Move } from './search-state.js';
import type { Operation } from './stock-operations.js';

/** Where the search came furthest. */
interface DeadEnd {
  /** How many operations were in order, those of unknown outcome not counted. */
  readonly count: number;
  /** The last of them. */
  readonly last: readonly string[];
  readonly quantity: number;
  /** What could have come next, and did not fit: one of these has to. */
  readonly stuck: readonly string[];
}

export interface SearchResult {
  /** `undecided`: given up. */
  readonly verdict: 'linearizable' | 'not linearizable' | 'undecided';
  /** How many orders were tried. */
  readonly steps: number;
  readonly deadEnd: DeadEnd | undefined;
}

/** A point at which there is a choice. */
interface Choice {
  /** What is still to be tried, the best last. */
  readonly moves: Move[];
  readonly trailLength: number;
}

/** How many of the operations in order an explanation shows. */
const shownOperations = 5;

/**
 * @param initial what is left of the stock at the beginning
 * @param maxSteps how many orders may be tried before the search gives up
 */
export function search(initial: number, operations: readonly Operation[], maxSteps: number): SearchResult {
  const state = new SearchState(initial, operations);
  const seen = new Set<string>();
  const choices: Choice[] = [];
  let deadEnd: DeadEnd | undefined;
  let steps = 0;
  state.takeFree();
  for (; !state.isComplete; steps += 1) {
    const moves = isNew(state.key, seen) ? state.moves() : [];
    if (moves.length === 0 && state.doneCount > (deadEnd?.count ?? -1)) {
      deadEnd = deadEndAt(state);
    }
    choices.push({ moves, trailLength: state.trail.length });
    const choice = lastOpen(choices);
    if (!choice || steps === maxSteps) {
      return { verdict: choice ? 'undecided' : 'not linearizable', steps, deadEnd };
    }
    state.undo(choice.trailLength);
    state.make(choice.moves.pop() as Move);
    state.takeFree();
  }
  return { verdict: 'linearizable', steps, deadEnd: undefined };
}

function isNew(key: string, seen: Set<string>): boolean {
  const { size } = seen;
  return seen.add(key).size > size;
}

/** The last choice that has something left to try; drops those after it. */
function lastOpen(choices: Choice[]): Choice | undefined {
  while (choices.at(-1)?.moves.length === 0) {
    choices.pop();
  }
  return choices.at(-1);
}

function deadEndAt({ doneCount, trail, quantity, candidates }: SearchState): DeadEnd {
  return {
    count: doneCount,
    last: trail.slice(-shownOperations).map(({ operation }) => operation.text),
    quantity,
    stuck: candidates.map(({ text }) => text),
  };
}
