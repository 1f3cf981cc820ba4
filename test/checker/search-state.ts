// Where the search for an order of events is: what is in order already, what is left, and what may come next.
import { EntryList, type Entry } from './entry-list.js';
import { isPossible, type Operation } from './stock-operations.js';

/** Orders of unknown outcome with the same effect, in the order in which they were sent. */
interface Pool {
  readonly change: number;
  readonly operations: readonly Operation[];
  used: number;
}

/** One operation put in order: from the list, or from a pool. */
export interface Move {
  readonly operation: Operation;
  readonly entry?: Entry;
  readonly pool?: Pool;
}

export class SearchState {
  /** All whose outcome is known. */
  readonly #list: EntryList;
  readonly #pools: readonly Pool[];
  /** Which operations of the list are in order, 16 in each word. */
  readonly #done: Uint16Array;
  readonly #trail: Move[] = [];
  #quantity: number;
  #doneCount = 0;

  constructor(initial: number, operations: readonly Operation[]) {
    const sorted = operations.toSorted((a, b) => a.sentMs - b.sentMs);
    const listed = sorted.filter(({ kind }) => kind !== 'unknown');
    this.#quantity = initial;
    this.#list = new EntryList(listed);
    this.#done = new Uint16Array(Math.ceil(listed.length / 16));
    this.#pools = makePools(sorted.filter(({ kind }) => kind === 'unknown'));
  }

  get isComplete(): boolean {
    return this.#list.isEmpty;
  }

  /** What is left of the stock. */
  get quantity(): number {
    return this.#quantity;
  }

  /** How many operations are in order, those of unknown outcome not counted. */
  get doneCount(): number {
    return this.#doneCount;
  }

  /** What is in order. */
  get trail(): readonly Move[] {
    return this.#trail;
  }

  /** The operations of known outcome that may come next in time, whether or not they fit. */
  get candidates(): readonly Operation[] {
    return this.#beginnings().map(({ operation }) => operation);
  }

  /** Equal for two points from which the same can follow. */
  get key(): string {
    // Nearly everything before some word is done, and nearly nothing after another.
    const from = this.#done.findIndex((word) => word !== 0xffff);
    const to = this.#done.findLastIndex((word) => word !== 0);
    const words = from === -1 ? [] : this.#done.subarray(from, to + 1);
    const used = this.#pools.map((pool) => pool.used).join(',');
    return `${from} ${used} ${String.fromCharCode(...words)}`;
  }

  /** Takes the lookups and refusals that are true now. */
  takeFree(): void {
    for (let entry = this.#list.first; entry.end; entry = entry.next) {
      const { kind, shown, change } = entry.operation;
      const isTrue =
        kind === 'lookup'
          ? shown === this.#quantity
          : kind === 'refused' && !isPossible(change, this.#quantity);
      if (isTrue) {
        this.make({ operation: entry.operation, entry });
      }
    }
  }

  /** The orders that may be executed next, one for each effect; the best guess stands last. */
  moves(): Move[] {
    const byChange = new Map<number, Move>();
    for (const entry of this.#beginnings()) {
      const { operation } = entry;
      const other = byChange.get(operation.change)?.operation;
      const isFirst = !other || operation.answeredMs < other.answeredMs;
      if (operation.kind === 'executed' && isFirst && isPossible(operation.change, this.#quantity)) {
        byChange.set(operation.change, { operation, entry });
      }
    }
    const firstEnd = this.#firstEnd();
    for (const pool of this.#pools) {
      const operation = pool.operations[pool.used];
      const canBegin = operation !== undefined && operation.sentMs <= firstEnd.atMs;
      if (canBegin && !byChange.has(pool.change) && isPossible(pool.change, this.#quantity)) {
        byChange.set(pool.change, { operation, pool });
      }
    }
    return this.#bestLast([...byChange.values()], firstEnd.operation);
  }

  make(move: Move): void {
    const { operation, entry, pool } = move;
    this.#quantity += effectOf(operation);
    this.#trail.push(move);
    if (entry) {
      this.#list.lift(entry);
      this.#flip(entry.index);
      this.#doneCount += 1;
    }
    if (pool) {
      pool.used += 1;
    }
  }

  /** Takes back what came after. */
  undo(trailLength: number): void {
    while (this.#trail.length > trailLength) {
      const { operation, entry, pool } = this.#trail.pop() as Move;
      this.#quantity -= effectOf(operation);
      if (entry) {
        this.#list.putBack(entry);
        this.#flip(entry.index);
        this.#doneCount -= 1;
      }
      if (pool) {
        pool.used -= 1;
      }
    }
  }

  /** Nothing that is sent after the first end can come before it. */
  #beginnings(): Entry[] {
    const beginnings: Entry[] = [];
    for (let entry = this.#list.first; entry.end; entry = entry.next) {
      beginnings.push(entry);
    }
    return beginnings;
  }

  #firstEnd(): Entry {
    let entry = this.#list.first;
    while (entry.end) {
      entry = entry.next;
    }
    return entry;
  }

  /** What ends first has to come soon. If that is a lookup, we have to get to what it showed. */
  #bestLast(moves: Move[], due: Operation): Move[] {
    const distance = ({ operation: { change } }: Move): number =>
      due.kind === 'lookup' ? Math.abs(this.#quantity + change - due.shown) : 0;
    const isGuess = ({ pool }: Move): number => (pool ? 1 : 0);
    return moves.sort(
      (a, b) => isGuess(b) - isGuess(a) || distance(b) - distance(a) || endsLater(a.operation, b.operation),
    );
  }

  #flip(index: number): void {
    const word = index >>> 4;
    this.#done[word] = (this.#done[word] as number) ^ (1 << (index & 15));
  }
}

function effectOf({ kind, change }: Operation): number {
  return kind === 'refused' ? 0 : change;
}

/** For a sort; two ends at Infinity are equal. */
function endsLater(a: Operation, b: Operation): number {
  return a.answeredMs === b.answeredMs ? 0 : b.answeredMs - a.answeredMs;
}

function makePools(operations: readonly Operation[]): Pool[] {
  const byChange = new Map<number, Operation[]>();
  for (const operation of operations) {
    const pool = byChange.get(operation.change) ?? [];
    byChange.set(operation.change, pool);
    pool.push(operation);
  }
  return [...byChange].map(([change, pool]) => ({ change, operations: pool, used: 0 }));
}
