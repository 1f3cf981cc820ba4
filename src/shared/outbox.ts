/** When a waiting reader is woken: what is pushed until then shares a frame. */
export type Gathering = (wake: () => void) => void;

/** At the end of the event loop's turn: for items that come from many sources, such as the requests of many sockets. */
export const wholeTurn: Gathering = (wake) => setImmediate(wake);
/** When the code that runs now is done: for items that one source pushes together. Spares a turn of the event loop. */
export const currentCallback: Gathering = (wake) => process.nextTick(wake);
/** At once: for frames that hold one item anyway. */
const nothing: Gathering = (wake) => wake();

/**
 * Collects items and hands them out as frames: each frame holds everything that queued up since the one before.
 * So a slow reader gets few large frames and a fast one many small ones: batches without a timer.
 */
export class Outbox<Item> implements AsyncIterable<Item[]> {
  readonly #maxFrameItems: number;
  readonly #gather: Gathering;
  #items: Item[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(maxFrameItems: number, gathering: Gathering) {
    this.#maxFrameItems = maxFrameItems;
    this.#gather = maxFrameItems === 1 ? nothing : gathering;
  }

  push(item: Item): void {
    this.#items.push(item);
    const wake = this.#wake;
    if (wake) {
      this.#wake = undefined;
      this.#gather(wake);
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
