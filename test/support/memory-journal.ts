import type { JournalPort } from '../../src/catalog/catalog.js';
import type { Proposal, Refusal } from '../../src/catalog/ledger.js';
import { DiskFullError } from '../../src/shared/append-file.js';
import type { Leadership, Trade } from '../../src/shared/domain.js';

/** The catalog's journal in memory: durable at once, later, or not at all. */
export class MemoryJournal implements JournalPort {
  readonly trades: Trade[] = [];
  readonly refusals: Refusal[] = [];
  readonly terms: Leadership[] = [];
  /** The disk has no room. */
  full = false;
  #held: (() => void)[] | undefined;

  async appendBatch({ trades, refusals }: Omit<Proposal, 'decisions'>): Promise<void> {
    await this.#sync();
    this.trades.push(...trades);
    this.refusals.push(...refusals);
  }

  async appendTerm(leadership: Leadership): Promise<void> {
    await this.#sync();
    this.terms.push(leadership);
  }

  async tryRoom(): Promise<void> {
    await this.#sync();
  }

  /** From now on the disk is busy. */
  hold(): void {
    this.#held ??= [];
  }

  /** What the disk was busy with is done now. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.forEach((resolve) => resolve());
  }

  async #sync(): Promise<void> {
    await new Promise<void>((resolve) => (this.#held ? this.#held.push(resolve) : resolve()));
    if (this.full) {
      throw new DiskFullError('no space left on device');
    }
  }
}
