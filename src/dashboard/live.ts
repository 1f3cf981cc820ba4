// The connection to the frontend: one stream of events, opened again whenever it breaks.
import type { LiveState, LiveUpdate } from '../frontend/live/messages.js';

/** The frontend says something at least every two seconds; after this long without a word it is taken for dead, ms. */
const silenceMs = 5_000;
/** The browser tries again by itself where the connection broke; where the answer was an error, we do, ms. */
const retryMs = 1_500;

export interface Listener {
  /** The connection stands; everything anew. */
  state(state: LiveState): void;
  update(update: LiveUpdate): void;
  /** The connection is lost, and being tried again. */
  lost(): void;
}

export function connect(listener: Listener): void {
  const source = new EventSource('/events');
  let watchdog = setTimeout(again, silenceMs);

  function again(): void {
    clearTimeout(watchdog);
    source.close();
    listener.lost();
    setTimeout(() => connect(listener), retryMs);
  }

  function alive(): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(again, silenceMs);
  }

  source.addEventListener('state', ({ data }: MessageEvent<string>) => {
    alive();
    listener.state(JSON.parse(data) as LiveState);
  });
  source.addEventListener('update', ({ data }: MessageEvent<string>) => {
    alive();
    listener.update(JSON.parse(data) as LiveUpdate);
  });
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) {
      again();
    } else {
      listener.lost();
    }
  });
}
