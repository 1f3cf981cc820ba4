// Tells frontends, over HTTP or HTTPS, to drop a stock from their caches.
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { secureOptions, type TlsIdentity } from '../shared/tls-identity.js';
import type { CommitTraces } from './commit-traces.js';

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

/** Failed: the frontend did not answer before the end of its lease, or not with a yes. */
type InvalidationOutcome = 'acknowledged' | 'failed';

/** What invalidations are watched by. */
export interface InvalidationWatch {
  readonly onInvalidated?: (outcome: InvalidationOutcome, tookMs: number) => void;
  readonly traces?: CommitTraces | undefined;
}

const connections = { keepAlive: true, maxSockets: 32 } as const;

/** The port over `DELETE /delete/<stock>?version=…&session=…`, on kept-alive connections. */
export class HttpInvalidator implements InvalidationPort {
  readonly #agent: HttpAgent;
  readonly #scheme: 'http' | 'https';
  readonly #watch: InvalidationWatch;

  /** @param identity who tells them; without one it is plain HTTP */
  constructor(identity: TlsIdentity | undefined, watch: InvalidationWatch = {}) {
    // Whoever answers there must be a frontend.
    this.#agent = identity
      ? new HttpsAgent({ ...connections, ...secureOptions(identity), servername: 'frontend' })
      : new HttpAgent(connections);
    this.#scheme = identity ? 'https' : 'http';
    this.#watch = watch;
  }

  async invalidate(
    address: string,
    sessionId: string,
    stock: string,
    version: number,
    signal: AbortSignal,
  ): Promise<void> {
    const query = `version=${version}&session=${encodeURIComponent(sessionId)}`;
    const url = `${this.#scheme}://${address}/delete/${encodeURIComponent(stock)}?${query}`;
    const { traces, onInvalidated } = this.#watch;
    const startMs = performance.now();
    let outcome: InvalidationOutcome = 'failed';
    try {
      await (traces
        ? traces.invalidate(address, stock, (traceparent) => this.#delete(url, signal, traceparent))
        : this.#delete(url, signal));
      outcome = 'acknowledged';
    } finally {
      onInvalidated?.(outcome, performance.now() - startMs);
    }
  }

  #delete(url: string, signal: AbortSignal, traceparent = ''): Promise<void> {
    const request = this.#scheme === 'https' ? httpsRequest : httpRequest;
    const headers = traceparent ? { traceparent } : {};
    return new Promise((resolve, reject) => {
      const call = request(url, { method: 'DELETE', agent: this.#agent, signal, headers }, (response) => {
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
