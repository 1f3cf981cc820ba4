// Server-Sent Events to all open pages (https://html.spec.whatwg.org/multipage/server-sent-events.html). Each event is
// written out once, whatever the number of pages.
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../shared/clock.js';
import { repeatEvery } from '../../shared/repeat-every.js';
import type { LiveState, LiveUpdate } from './messages.js';

/** How often the pages hear of changes, ms. */
const stepIntervalMs = 250;
/** A page that hears nothing for so long may think that the connection is dead, ms. */
const quietMs = 2_000;
/** When a page tries again after its connection broke, ms. */
const retryMs = 1_000;
/** A page for which so much waits to be sent reads too slowly: it is cut off, and gets the state when it comes again. */
const maxWaitingBytes = 512 * 1024;

interface View {
  readonly state: LiveState;
  step(): LiveUpdate | undefined;
  resume(): void;
}

export interface EventStreamsOptions {
  readonly view: View;
  readonly clock: Clock;
  /** How many pages may be open at once. */
  readonly maxStreams: number;
}

const eventText = (name: 'state' | 'update', data: LiveState | LiveUpdate): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #streams = new Set<ServerResponse>();
  #watching: AbortController | undefined;
  #lastSentMs = 0;
  #closed = false;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Sends the state, and from then on what changes. @returns false: there are too many, nothing was sent */
  open(response: ServerResponse): boolean {
    if (this.#closed || this.#streams.size >= this.#options.maxStreams) {
      return false;
    }
    response.once('close', () => this.#forget(response));
    // A half-closed client still gets its answer, but this one has no end: here it means that the page is gone.
    response.socket?.once('end', () => response.end());
    this.#streams.add(response);
    if (!this.#watching) {
      this.#start();
    }
    response.write(`retry: ${retryMs}\n${eventText('state', this.#options.view.state)}`);
    return true;
  }

  /** Ends all streams, and takes no more. */
  close(): void {
    this.#closed = true;
    this.#streams.forEach((stream) => stream.end());
  }

  #forget(stream: ServerResponse): void {
    this.#streams.delete(stream);
    if (this.#streams.size === 0) {
      this.#watching?.abort();
      this.#watching = undefined;
    }
  }

  #start(): void {
    const { view, clock } = this.#options;
    this.#watching = new AbortController();
    view.resume();
    view.step();
    const step = async (): Promise<void> => this.#tell(view.step());
    void repeatEvery(stepIntervalMs, step, clock, this.#watching.signal);
  }

  #tell(update: LiveUpdate | undefined): void {
    const nowMs = this.#options.clock.now();
    if (update) {
      this.#send(eventText('update', update));
    } else if (nowMs - this.#lastSentMs >= quietMs) {
      this.#send(':\n\n');
    } else {
      return;
    }
    this.#lastSentMs = nowMs;
  }

  #send(text: string): void {
    for (const stream of this.#streams) {
      if (stream.writableLength > maxWaitingBytes) {
        stream.destroy();
      } else {
        stream.write(text);
      }
    }
  }
}
