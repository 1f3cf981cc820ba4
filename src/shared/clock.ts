import { setTimeout as delay } from 'node:timers/promises';

/** Time as a parameter, so that the protocol can run on a simulated clock. */
export interface Clock {
  /** Milliseconds since some fixed moment; never runs backwards. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back after `ms`. The cheap form, for deadlines that are almost always called off. */
  after(ms: number, callback: () => void): CallOff;
}

/** Ends a wait before its time. */
type CallOff = () => void;

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { ...(signal && { signal }) }).catch(() => undefined),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
