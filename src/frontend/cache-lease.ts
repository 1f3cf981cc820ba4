// The right to serve from the cache. It is a lease of the catalog: while it runs, the catalog makes no trade visible
// that this frontend has not been told of. When it has run out the cache is not used; when the catalog says that the
// session has ended, the cache is thrown away and a new session begins.
import { code } from '../shared/answer-codes.js';
import type { Clock } from '../shared/clock.js';
import { failpoint } from '../shared/failpoint.js';
import type { Logger } from '../shared/logger.js';
import { repeatEvery } from '../shared/repeat-every.js';

/** How far the clocks of two machines may drift apart during one lease: 2 %. */
const clockTolerance = 0.98;

export interface LeasePort {
  /**
   * Begins or prolongs a session.
   * @returns the answer's code, and how long the lease lasts from the sending on, ms
   * @throws no answer came
   */
  renewLease(sessionId: string, begin: boolean): Promise<{ code: number; leaseMs: number }>;
  releaseLease(sessionId: string): Promise<void>;
}

export interface CacheLeaseParts {
  readonly port: LeasePort;
  readonly clock: Clock;
  /** Unique for this process. */
  readonly instanceId: string;
  readonly renewIntervalMs: number;
  /** The session has ended: whatever is cached may be old. */
  readonly onSessionEnd: () => void;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

export class CacheLease {
  readonly #parts: CacheLeaseParts;
  readonly #stop = new AbortController();
  #session = 0;
  #begun = false;
  #liveUntilMs = -Infinity;
  #warned = false;

  constructor(parts: CacheLeaseParts) {
    this.#parts = parts;
  }

  /** Whether the cache may be served from at this moment. */
  get live(): boolean {
    return this.#begun && this.#parts.clock.now() < this.#liveUntilMs;
  }

  /** The current session, for lookups whose answers may be cached; empty if there is none. */
  get sessionId(): string {
    return this.#begun ? this.#id : '';
  }

  /** Whether a session is, or was, one of this process. */
  owns(sessionId: string): boolean {
    return sessionId.startsWith(`${this.#parts.instanceId}.`);
  }

  start(): void {
    const { clock, renewIntervalMs } = this.#parts;
    void repeatEvery(renewIntervalMs, () => this.#renew(), clock, this.#stop.signal);
  }

  /** Gives the lease back, so that no trade waits for this frontend. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const id = this.sessionId;
    this.#end();
    if (id) {
      await this.#parts.port.releaseLease(id).catch(() => undefined);
    }
  }

  get #id(): string {
    return `${this.#parts.instanceId}.${this.#session}`;
  }

  async #renew(): Promise<void> {
    const { port, clock } = this.#parts;
    if (!this.#begun) {
      this.#session += 1;
    }
    const sentMs = clock.now();
    try {
      const answer = await port.renewLease(this.#id, !this.#begun);
      this.#take(answer.code, sentMs + answer.leaseMs * clockTolerance);
    } catch {
      // The catalog does not answer: the lease runs out by itself.
    }
  }

  #take(answerCode: number, untilMs: number): void {
    if (this.#stop.signal.aborted) {
      return;
    }
    if (answerCode === code.ok) {
      this.#begun = true;
      this.#liveUntilMs = untilMs;
      failpoint('frontend.lease.renewed');
    } else if (answerCode === code.gone) {
      this.#end();
    } else if (answerCode === code.forbidden && !this.#warned) {
      this.#warned = true;
      this.#parts.logger.warn(
        'the catalog does not know this frontend, so nothing is cached: ' +
          'FRONTEND_ADDRESS here must be among FRONTEND_ADDRESSES there',
      );
    }
  }

  #end(): void {
    this.#begun = false;
    this.#liveUntilMs = -Infinity;
    this.#parts.onSessionEnd();
    failpoint('frontend.lease.ended');
  }
}
