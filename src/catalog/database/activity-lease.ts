// Which of several catalogs is the active one. Activity is a lease in the database, without any clock of the database
// or of another machine: the active catalog counts a number up, and whoever has seen that number stand still for as long
// as a lease lasts may begin the next epoch. The active one trusts its lease for a little less than that, counted from
// before it wrote. What it adds is fenced by the epoch besides; the lease is for what it only answers.
import type { Clock } from '../../shared/clock.js';
import { Pause } from '../../shared/pause.js';
import type { Activity } from '../activity.js';
import type { DatabaseHead, LedgerDatabase } from './ledger-database.js';

/** How far two clocks may drift apart during a lease: 2 %. */
const clockTolerance = 0.02;
/** So many times within a lease the active catalog writes, and the others look. */
const turnsPerLease = 6;
/** A database that is away for longer than that is waited for by a new process, which owes nobody an answer, ms. */
const patienceMs = 10_000;

export interface ActivityParts {
  readonly database: LedgerDatabase;
  readonly clock: Clock;
  /** How long a catalog may be the active one after each write, ms. */
  readonly leaseMs: number;
}

/** The activity of this catalog, from its claim on. */
export class ActivityLease implements Activity {
  readonly epoch: number;
  readonly #parts: ActivityParts;
  readonly #onLost: (reason: string) => void;
  readonly #pause: Pause;
  #renewedMs: number;
  #lost = false;
  #waiting: (() => void)[] = [];

  /**
   * @param claimedMs when the claim was sent
   * @param onLost called when another catalog has become the active one, or nobody knows: this one must stop
   */
  constructor(
    parts: ActivityParts,
    { epoch }: DatabaseHead,
    claimedMs: number,
    onLost: (reason: string) => void,
  ) {
    this.#parts = parts;
    this.epoch = epoch;
    this.#renewedMs = claimedMs;
    this.#onLost = onLost;
    this.#pause = new Pause(parts.clock);
    void this.#keep();
  }

  get holds(): boolean {
    const { clock, leaseMs } = this.#parts;
    return !this.#lost && clock.now() - this.#renewedMs < leaseMs * (1 - clockTolerance);
  }

  get isLost(): boolean {
    return this.#lost;
  }

  held(): Promise<void> {
    return this.holds ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Something was written in this epoch. @param sentMs when it was sent */
  renewed(sentMs: number): void {
    this.#renewedMs = Math.max(this.#renewedMs, sentMs);
    if (this.#waiting.length > 0 && this.holds) {
      this.#waiting.splice(0).forEach((resolve) => resolve());
    }
  }

  /**
   * Asks the database how far it got in this epoch, with a write: what is there then stays.
   * @returns undefined: the epoch is over
   * @throws DatabaseAwayError no answer came
   */
  async confirm(): Promise<DatabaseHead | undefined> {
    const { database, clock } = this.#parts;
    const sentMs = clock.now();
    const head = await database.renew(this.epoch);
    if (head) {
      this.renewed(sentMs);
    } else {
      this.#lose('another catalog has become the active one');
    }
    return head;
  }

  /** Lets another catalog become the active one at once. */
  async release(): Promise<void> {
    this.#lost = true;
    this.#pause.end();
    await this.#parts.database.release(this.epoch);
  }

  #lose(reason: string): void {
    if (!this.#lost) {
      this.#lost = true;
      this.#onLost(reason);
    }
  }

  async #keep(): Promise<void> {
    const { clock, leaseMs } = this.#parts;
    const turnMs = leaseMs / turnsPerLease;
    while (!this.#lost) {
      const idleMs = clock.now() - this.#renewedMs;
      if (idleMs >= turnMs) {
        await this.confirm().catch(() => undefined);
      }
      if (clock.now() - this.#renewedMs > patienceMs) {
        this.#lose(`the database has not answered for ${patienceMs / 1_000} s`);
      }
      await this.#pause.wait(idleMs >= turnMs ? turnMs / 4 : Math.max(1, turnMs - idleMs));
    }
  }
}

/** Tells when the lease of the active catalog has ended, from what is seen of it. */
export class ActivityWatch {
  readonly #leaseMs: number;
  #seen: DatabaseHead | undefined;
  #sinceMs = 0;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** How long to wait before looking again, ms. */
  get intervalMs(): number {
    return this.#leaseMs / turnsPerLease;
  }

  /**
   * Takes note of what the database said.
   * @param nowMs after the answer came
   * @returns whether the next epoch may be claimed
   */
  saw(head: DatabaseHead, nowMs: number): boolean {
    if (this.#seen?.epoch !== head.epoch || this.#seen.renewals !== head.renewals) {
      this.#sinceMs = nowMs;
    }
    this.#seen = head;
    return head.released || nowMs - this.#sinceMs >= this.#leaseMs * (1 + clockTolerance);
  }
}
