// One stream of events from the frontend, opened again whenever it breaks.

/** The frontend says something at least every two seconds; after this long without a word it is taken for dead, ms. */
const silenceMs = 5_000;
/** The browser tries again by itself where the connection broke; where the answer was an error, we do, ms. */
const retryMs = 1_500;

/** What is heard: an event, with its data as they came, or that the connection is lost, and being tried again. */
export type Heard =
  { readonly event: 'state' | 'update'; readonly data: string } | { readonly event: 'lost' };

export class EventStream {
  readonly #hear: (heard: Heard) => void;
  #source: EventSource;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(hear: (heard: Heard) => void) {
    this.#hear = hear;
    this.#source = this.#open();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#source.close();
  }

  #open(): EventSource {
    const source = new EventSource('/events');
    this.#expectWord();
    for (const event of ['state', 'update'] as const) {
      source.addEventListener(event, ({ data }: MessageEvent<string>) => {
        this.#expectWord();
        this.#hear({ event, data });
      });
    }
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) {
        this.#again();
      } else {
        this.#hear({ event: 'lost' });
      }
    });
    return source;
  }

  #expectWord(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#again(), silenceMs);
  }

  #again(): void {
    this.close();
    this.#hear({ event: 'lost' });
    this.#timer = setTimeout(() => (this.#source = this.#open()), retryMs);
  }
}
