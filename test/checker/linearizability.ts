// Whether what clients saw can be explained at all: is there an order of all orders and lookups, each at one moment
// between its beginning and its end, in which a plain single stock list would have answered the same? This knows
// neither transaction numbers nor versions nor files: a mistake in those, or in the checker that relies on them
// (checker.ts), does not hide from it. It does not look at order queries, which mean nothing without numbers.
//
// The history must hold every order that was sent, those without an answer too.
//
// Sources: J. Wing and C. Gong, "Testing and Verifying Concurrent Objects" (1993), the search; G. Lowe, "Testing for
// Linearizability" (2017), the memory of configurations that were met before; A. Horn and D. Kroening, "Faster
// Linearizability Checking via P-Compositionality" (2015), one object at a time; and A. Athalye's porcupine, which
// showed how well these go together. Written anew for stocks.
import type { History } from './history.js';
import { search, type SearchResult } from './linear-search.js';
import { operationsOf } from './stock-operations.js';

export interface Linearizability {
  /** `undecided`: the search was given up. */
  readonly verdict: SearchResult['verdict'];
  /** One text for each stock, or key, for which there is no such order, or none was found. */
  readonly explanations: readonly string[];
  /** How many orders were tried. */
  readonly steps: number;
}

/** For one stock: about a tenth of a second. Enough for thousands of operations, most of them with an answer. */
const standardMaxSteps = 50_000;

/**
 * Each stock is an object of its own: a history is linearizable if that of every stock is.
 * @param stocks before the first trade
 */
export function checkLinearizability(
  { posts, lookups }: Pick<History, 'posts' | 'lookups'>,
  stocks: readonly { readonly name: string; readonly quantity: number }[],
  maxSteps = standardMaxSteps,
): Linearizability {
  const quantities = new Map(stocks.map(({ name, quantity }) => [name, quantity]));
  const { byStock, contradictions } = operationsOf(posts, lookups, new Set(quantities.keys()));
  const explanations = [...contradictions];
  let verdict: SearchResult['verdict'] = contradictions.length > 0 ? 'not linearizable' : 'linearizable';
  let steps = 0;
  for (const [name, operations] of byStock) {
    const result = search(quantities.get(name) ?? 0, operations, maxSteps);
    steps += result.steps;
    if (result.verdict !== 'linearizable') {
      explanations.push(explain(name, operations.length, result));
      verdict = verdict === 'not linearizable' ? verdict : result.verdict;
    }
  }
  return { verdict, explanations, steps };
}

function explain(name: string, total: number, { verdict, steps, deadEnd }: SearchResult): string {
  const head = `${name} is ${verdict} after ${steps} steps`;
  if (!deadEnd) {
    return head;
  }
  const { count, last, quantity, stuck } = deadEnd;
  const lines = [
    `${head}: of ${total} operations ${count} can be put in order, the last ones being`,
    ...last,
    `which leaves ${quantity}; then one of these has to follow, and none can:`,
    ...stuck,
  ];
  return lines.join('\n    ');
}
