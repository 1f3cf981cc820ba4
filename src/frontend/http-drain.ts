// How an HTTP server ends so that its clients lose nothing. From the moment that it is stopping every answer says
// `Connection: close`: whoever asks again connects anew, and is refused, or finds another frontend. A connection on which
// nothing is asked is left alone for a moment first, because a request may be on its way.
import { ServerResponse, type Server } from 'node:http';
import { Server as ConnectionServer, type Socket } from 'node:net';

/** How long a connection stays open on which nothing is asked, ms. */
const graceMs = 200;
/** How often the connections that have become idle are closed after that, ms. */
const sweepIntervalMs = 50;

/** The answers of a server that announces its end on each of them. */
export function answersUntil(stopping: AbortSignal): typeof ServerResponse {
  return class extends ServerResponse {
    override writeHead(...head: unknown[]): this {
      if (stopping.aborted) {
        this.shouldKeepAlive = false;
      }
      return super.writeHead(...(head as Parameters<ServerResponse['writeHead']>));
    }
  } as typeof ServerResponse;
}

/** Knows the connections of a server, for its end. */
export class HttpDrain {
  readonly #server: Server;
  readonly #connections = new Set<Socket>();

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
  }

  /** Those that are open. */
  get connections(): Iterable<Socket> {
    return this.#connections;
  }

  /**
   * Takes no new connection, and lets what is under way end.
   * @param patienceMs how long that may take; then all connections are cut
   */
  close(patienceMs: number): Promise<void> {
    const startMs = performance.now();
    // What waits on a connection that was left alone gets its answer, too.
    this.#connections.forEach((socket) => socket.isPaused() && socket.resume());
    return new Promise((resolve) => {
      const sweep = setInterval(() => this.#sweep(performance.now() - startMs, patienceMs), sweepIntervalMs);
      // Its own `close` would cut idle connections at once, and look for slow clients no more.
      ConnectionServer.prototype.close.call(this.#server, () => {
        clearInterval(sweep);
        resolve();
      });
    });
  }

  #sweep(elapsedMs: number, patienceMs: number): void {
    if (elapsedMs > patienceMs) {
      this.#server.closeAllConnections();
    } else if (elapsedMs > graceMs && !this.#isSending) {
      this.#server.closeIdleConnections();
    }
  }

  /** Whether the end of an answer waits for a slow reader: to Node that connection is idle already. */
  get #isSending(): boolean {
    return [...this.#connections].some(({ writableLength }) => writableLength > 0);
  }
}
