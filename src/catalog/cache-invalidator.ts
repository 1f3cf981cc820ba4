// Tells frontends, over HTTP, to drop a stock from their caches.
import { Agent, request } from 'node:http';

/** What the catalog needs of a frontend. */
export interface InvalidationPort {
  /**
   * Makes the cache session drop every state of the stock that is older than `version`.
   * @returns when the frontend has acknowledged it
   * @throws it cannot be reached, or does not know the session
   */
  invalidate(
    address: string,
    sessionId: string,
    stock: string,
    version: number,
    signal: AbortSignal,
  ): Promise<void>;
}

/** The port over `DELETE /delete/<stock>?version=…&session=…`, on kept-alive connections. */
export class HttpInvalidator implements InvalidationPort {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });

  invalidate(
    address: string,
    sessionId: string,
    stock: string,
    version: number,
    signal: AbortSignal,
  ): Promise<void> {
    const query = `version=${version}&session=${encodeURIComponent(sessionId)}`;
    const url = `http://${address}/delete/${encodeURIComponent(stock)}?${query}`;
    return new Promise((resolve, reject) => {
      const call = request(url, { method: 'DELETE', agent: this.#agent, signal }, (response) => {
        response.resume();
        if (response.statusCode === 200) {
          resolve();
        } else {
          reject(new Error(`${url} answered ${response.statusCode}`));
        }
      });
      call.on('error', reject);
      call.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
