/**
 * Collects items and hands them out as frames: each frame holds everything that queued up since the one before.
 * So a slow reader gets few large frames and a fast one many small ones: batches without a timer.
 *
 * A waiting reader is woken at the end of the event loop's turn, so that all requests that arrived in one turn
 * share a frame.
 */
export class Outbox<Item> implements AsyncIterable<Item[]> {
  readonly #maxFrameItems: number;
  #items: Item[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(maxFrameItems: number) {
    this.#maxFrameItems = maxFrameItems;
  }

  push(item: Item): void {
    this.#items.push(item);
    if (this.#wake) {
      setImmediate(this.#wake);
      this.#wake = undefined;
    }
  }

  /** Ends the iteration once what has been pushed is read. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
    this.#wake = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item[], void, undefined> {
    for (;;) {
      if (this.#items.length === 0) {
        if (this.#closed) {
          return;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      yield this.#take();
    }
  }

  #take(): Item[] {
    if (this.#items.length <= this.#maxFrameItems) {
      const all = this.#items;
      this.#items = [];
      return all;
    }
    return this.#items.splice(0, this.#maxFrameItems);
  }
}
