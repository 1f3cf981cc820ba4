// The connection to the frontend: shared with the other windows where the browser can do that, else one of our own.
import type { LiveState, LiveUpdate } from '../frontend/live/messages.js';
import { EventStream, type Heard } from './event-stream.js';

/** The worker passes on something every few seconds, be it that the connection is lost. Silent for so long, it is dead. */
const workerSilenceMs = 15_000;

export interface Listener {
  /** The connection stands; everything anew. */
  state(state: LiveState): void;
  update(update: LiveUpdate): void;
  /** The connection is lost, and being tried again. */
  lost(): void;
  /** Nothing is heard while the page is hidden. */
  paused(): void;
}

type Hear = (heard: Heard) => void;

/** A way to hear; `close` ends it. */
interface Connection {
  close(): void;
}

interface Ends {
  /** The worker was there, and is silent. */
  readonly silent: () => void;
  /** It does not run in this browser, or cannot be loaded. */
  readonly absent: () => void;
}

/** Listens to the stream of all windows. */
function joinWorker(hear: Hear, ends: Ends): Connection {
  const worker = new SharedWorker(new URL('shared-stream.js', import.meta.url), { type: 'module' });
  let watchdog = setTimeout(() => end(ends.absent), workerSilenceMs);

  function close(): void {
    clearTimeout(watchdog);
    worker.port.postMessage('leave');
    worker.port.close();
  }

  function end(then: () => void): void {
    close();
    then();
  }

  worker.addEventListener('error', () => end(ends.absent));
  worker.port.addEventListener('message', ({ data }: MessageEvent<Heard>) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => end(ends.silent), workerSilenceMs);
    hear(data);
  });
  worker.port.start();
  worker.port.postMessage('join');
  return { close };
}

/** What is heard, for the listener: updates only after the state that they belong to. */
function hearFor(listener: Listener): Hear {
  let hasState = false;
  return (heard) => {
    if (heard.event === 'lost') {
      listener.lost();
    } else if (heard.event === 'state') {
      hasState = true;
      listener.state(JSON.parse(heard.data) as LiveState);
    } else if (hasState) {
      listener.update(JSON.parse(heard.data) as LiveUpdate);
    }
  };
}

export function connect(listener: Listener): void {
  let canShare = 'SharedWorker' in window;
  let connection: Connection | undefined;
  const workerEnds: Ends = { silent: () => again(true), absent: () => again(false) };

  function open(): Connection {
    const hear = hearFor(listener);
    if (canShare) {
      try {
        return joinWorker(hear, workerEnds);
      } catch {
        // The visitor's settings forbid it.
        canShare = false;
      }
    }
    return new EventStream(hear);
  }

  function close(): void {
    connection?.close();
    connection = undefined;
  }

  function again(sharing: boolean): void {
    canShare = sharing;
    connection = undefined;
    listener.lost();
    follow();
  }

  /**
   * A stream of our own takes one of the few connections that the other windows need: not while nobody looks. The shared
   * one is kept: it costs them nothing, and the title of a hidden tab says when something is wrong.
   */
  function follow(): void {
    const isHidden = document.visibilityState === 'hidden';
    if (canShare || !isHidden) {
      connection ??= open();
    }
    // Only an attempt shows whether it can be shared.
    if (!canShare && isHidden) {
      close();
      listener.paused();
    }
  }

  document.addEventListener('visibilitychange', follow);
  // A page that is left may be kept by the browser, and be shown again.
  window.addEventListener('pagehide', close);
  window.addEventListener('pageshow', follow);
  follow();
}
