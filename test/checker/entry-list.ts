// The history of one stock as a doubly linked list of beginnings and ends, in the order of time. What has been put in
// order is lifted out, and put back where it was when the search goes back.
import type { Operation } from './stock-operations.js';

/** The beginning or the end of an operation. */
export interface Entry {
  /** The operation's place among all of them, by the time of its beginning. */
  readonly index: number;
  readonly operation: Operation;
  readonly atMs: number;
  /** The end of the operation that begins here; undefined: this is an end. */
  readonly end: Entry | undefined;
  previous: Entry;
  next: Entry;
}

export class EntryList {
  /** Before the first and after the last one. */
  readonly #anchor: Entry;

  /** @param operations each of them with an end */
  constructor(operations: readonly Operation[]) {
    const anchor = { index: -1, atMs: Infinity, end: undefined } as Partial<Entry> as Entry;
    anchor.previous = anchor;
    anchor.next = anchor;
    this.#anchor = anchor;
    const ends = operations.map((operation, index) => makeEntry(operation, index, undefined, anchor));
    const beginnings = ends.map((end) => makeEntry(end.operation, end.index, end, anchor));
    // Only what ended earlier comes before: of the same moment, beginnings come first. The sort is stable.
    [...beginnings, ...ends].sort((a, b) => a.atMs - b.atMs).forEach((entry) => this.#append(entry));
  }

  get isEmpty(): boolean {
    return this.#anchor.next === this.#anchor;
  }

  /** The first of them; an end if nothing can begin before it. */
  get first(): Entry {
    return this.#anchor.next;
  }

  /** Takes an operation out. `beginning.next` is still what follows in the list. */
  lift(beginning: Entry): void {
    unlink(beginning.end as Entry);
    unlink(beginning);
  }

  /** Puts an operation back. What was lifted last must come back first. */
  putBack(beginning: Entry): void {
    link(beginning);
    link(beginning.end as Entry);
  }

  #append(entry: Entry): void {
    entry.previous = this.#anchor.previous;
    entry.next = this.#anchor;
    link(entry);
  }
}

function makeEntry(operation: Operation, index: number, end: Entry | undefined, anchor: Entry): Entry {
  const atMs = end ? operation.sentMs : operation.answeredMs;
  return { index, operation, atMs, end, previous: anchor, next: anchor };
}

function unlink(entry: Entry): void {
  entry.previous.next = entry.next;
  entry.next.previous = entry.previous;
}

function link(entry: Entry): void {
  entry.previous.next = entry;
  entry.next.previous = entry;
}
