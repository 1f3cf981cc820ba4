import type { IncomingMessage } from 'node:http';
import type { Clock } from '../shared/clock.js';

/** Connections that are read again within a second. */
const readAgainPerSecond = 2_000;
/** How long nothing is read from a connection, at least and at most, ms. */
const leastMs = 100;
const mostMs = 1_000;
/** Clients that are asked back within a second: to turn one away takes as much of the processor as to execute an order. */
const backPerSecond = 500;
/** The longest that a client is asked to stay away, ms. */
const longestAwayMs = 8_000;

/**
 * Connections on which an order was turned away. Their clients are asked to stay away the longer the more of them there
 * are. One that does not care for Retry-After would be back at once, and a thousand of them would keep the event loop so
 * busy with refusals that it does not come to the answers of the replicas and of the catalog: so nothing is read from such
 * a connection for a moment.
 */
export class LeftAlone {
  readonly #clock: Clock;
  /** When the last of them is read again. */
  #lastMs = 0;
  /** When the last of those who heed Retry-After is back. */
  #lastBackMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param request has been turned away, but may not have been read to its end
   * @returns after how many seconds it may come again: 1, and more where there are many
   */
  add(request: Pick<IncomingMessage, 'once' | 'socket'>): number {
    const nowMs = this.#clock.now();
    this.#stopReading(request, nowMs);
    const next = this.#lastBackMs + 1_000 / backPerSecond;
    this.#lastBackMs = Math.min(Math.max(next, nowMs + 1_000), nowMs + longestAwayMs);
    // Not 0 where the sum has been rounded.
    return Math.max(1, Math.floor((this.#lastBackMs - nowMs) / 1_000));
  }

  #stopReading(request: Pick<IncomingMessage, 'once' | 'socket'>, nowMs: number): void {
    const next = this.#lastMs + 1_000 / readAgainPerSecond;
    this.#lastMs = Math.min(Math.max(next, nowMs + leastMs), nowMs + mostMs);
    const readAgainMs = this.#lastMs;
    const { socket } = request;
    // Not before Node is through with the request, as that has the connection read again; and not a turn of the event loop
    // later: as long as more than a thousand connections have something to read, libuv comes to no timer, to no
    // setImmediate, and to no write of HTTP/2.
    request.once('close', () => {
      socket.pause();
      this.#clock.after(readAgainMs - nowMs, () => socket.resume());
    });
  }
}
