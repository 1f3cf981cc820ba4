import type { IncomingMessage } from 'node:http';
import type { Clock } from '../shared/clock.js';

/** Connections that are read again within a second. */
const readAgainPerSecond = 2_000;
/** How long nothing is read from a connection, at least and at most, ms. The most is what Retry-After says. */
const leastMs = 100;
const mostMs = 1_000;

/**
 * Connections on which an order was turned away. A client that does not care for Retry-After would be back at once, and a
 * thousand of them would keep the event loop so busy with refusals that it does not come to the answers of the replicas
 * and of the catalog. So nothing is read from such a connection for a moment, and the longer the more of them there are.
 */
export class LeftAlone {
  readonly #clock: Clock;
  /** When the last of them is read again. */
  #lastMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param request has been turned away, but may not have been read to its end */
  add(request: Pick<IncomingMessage, 'once' | 'socket'>): void {
    const nowMs = this.#clock.now();
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
