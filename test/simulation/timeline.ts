// Simulated time: events in the order of their times, and between two of them everything that needs no time.

interface TimelineEvent {
  readonly atMs: number;
  /** Keeps events of the same time in the order in which they were planned. */
  readonly sequence: number;
  callback: (() => void) | undefined;
}

/** So that timers and garbage collection of the real process get a turn, too. */
const eventsPerBreath = 20_000;

const isBefore = (a: TimelineEvent, b: TimelineEvent): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);

export class Timeline {
  /** Who acts in the present event, if it is a process: everything up to the next event is its doing. */
  acting: { readonly name: string } | undefined;
  #nowMs = 0;
  #sequence = 0;
  /** A binary heap, the earliest event first. */
  readonly #heap: TimelineEvent[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many events have been planned so far. */
  get events(): number {
    return this.#sequence;
  }

  /** Plans an event; call the result to call it off. */
  after(ms: number, callback: () => void): () => void {
    this.#sequence += 1;
    const event: TimelineEvent = {
      atMs: this.#nowMs + Math.max(0, ms),
      sequence: this.#sequence,
      callback,
    };
    this.#push(event);
    return () => {
      event.callback = undefined;
    };
  }

  /**
   * Lets time pass until `endMs`, or until `isOver`.
   *
   * After each event every promise that can settle is settled: a callback of `nextTick` that was asked for by a
   * microtask runs when no microtask is left. That is a hundred times faster than a turn of the event loop.
   */
  run(endMs: number, isOver: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      let breath = eventsPerBreath;
      const step = (): void => {
        try {
          if (isOver() || !this.#runNext(endMs)) {
            resolve();
            return;
          }
        } catch (error) {
          reject(error);
          return;
        }
        breath -= 1;
        if (breath > 0) {
          queueMicrotask(() => process.nextTick(step));
        } else {
          breath = eventsPerBreath;
          setImmediate(step);
        }
      };
      setImmediate(step);
    });
  }

  #runNext(endMs: number): boolean {
    const next = this.#heap[0];
    if (!next || next.atMs > endMs) {
      this.#nowMs = endMs;
      return false;
    }
    this.#pop();
    if (next.callback) {
      this.#nowMs = next.atMs;
      this.acting = undefined;
      next.callback();
    }
    return true;
  }

  #push(event: TimelineEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as TimelineEvent;
      if (!isBefore(event, above)) {
        break;
      }
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as TimelineEvent;
    if (heap.length === 0) {
      return;
    }
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) {
        break;
      }
      if (
        child + 1 < heap.length &&
        isBefore(heap[child + 1] as TimelineEvent, heap[child] as TimelineEvent)
      ) {
        child += 1;
      }
      if (!isBefore(heap[child] as TimelineEvent, last)) {
        break;
      }
      heap[index] = heap[child] as TimelineEvent;
      index = child;
    }
    heap[index] = last;
  }
}
