// The right to serve from the cache. It is a lease of the catalog: while it runs, the catalog makes no trade visible
// that this frontend has not been told of. When it has run out, or the catalog says that the session has ended, the
// cache is thrown away and a new session begins.
//
// A session is never taken up again after its lease has run out, nor with another process of the catalog than began
// it, whatever the answer says. For the catalog may have forgotten the session, and what it was handed, and have begun
// it once more without us, because the request to begin it came a second time, and late.
import { code } from '../shared/answer-codes.js';
import type { Clock } from '../shared/clock.js';
import { failpoint } from '../shared/failpoint.js';
import type { Logger } from '../shared/logger.js';
import { repeatEvery } from '../shared/repeat-every.js';

/** How far the clocks of two machines may drift apart during one lease: 2 %. */
const clockTolerance = 0.98;

export interface LeaseAnswer {
  readonly code: number;
  /** How long the lease lasts from the sending of the request on. */
  readonly leaseMs: number;
  /** The process of the catalog that answers. */
  readonly catalogId: string;
}

export interface LeasePort {
  /**
   * Begins or prolongs a session.
   * @throws no answer came
   */
  renewLease(sessionId: string, begin: boolean): Promise<LeaseAnswer>;
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
  /** The process of the catalog that began the session. */
  #catalogId = '';
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
    this.#endIfRunOut();
    if (!this.#begun) {
      this.#session += 1;
    }
    const sentMs = clock.now();
    try {
      const answer = await port.renewLease(this.#id, !this.#begun);
      this.#take(answer, sentMs + answer.leaseMs * clockTolerance);
    } catch {
      // The catalog does not answer: the lease runs out by itself.
    }
  }

  #take(answer: LeaseAnswer, untilMs: number): void {
    if (this.#stop.signal.aborted) {
      return;
    }
    // A renewal counts only if its answer came in time: then the catalog gave it in time, too.
    if (this.#endIfRunOut()) {
      return;
    }
    const elsewhere = this.#begun && answer.catalogId !== this.#catalogId;
    if (answer.code === code.gone || (answer.code === code.ok && elsewhere)) {
      this.#end();
    } else if (answer.code === code.ok) {
      this.#begun = true;
      this.#catalogId = answer.catalogId;
      this.#liveUntilMs = untilMs;
      failpoint('frontend.lease.renewed');
    } else if (answer.code === code.forbidden && !this.#warned) {
      this.#warned = true;
      this.#parts.logger.warn(
        'the catalog does not know this frontend, so nothing is cached: ' +
          'FRONTEND_ADDRESS here must be among FRONTEND_ADDRESSES there',
      );
    }
  }

  #endIfRunOut(): boolean {
    const runOut = this.#begun && !this.live;
    if (runOut) {
      this.#end();
    }
    return runOut;
  }

  #end(): void {
    this.#begun = false;
    this.#liveUntilMs = -Infinity;
    this.#parts.onSessionEnd();
    failpoint('frontend.lease.ended');
  }
}
