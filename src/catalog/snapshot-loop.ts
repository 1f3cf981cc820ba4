import type { Clock } from '../shared/clock.js';
import { failpoint } from '../shared/failpoint.js';
import type { Logger } from '../shared/logger.js';
import { repeatEvery } from '../shared/repeat-every.js';
import { warnOnce } from '../shared/warn-once.js';
import type { Catalog } from './catalog.js';
import type { Stock } from './ledger.js';

/** Writes the stock state in the background whenever trades have changed it. */
export class SnapshotLoop {
  readonly #catalog: Catalog;
  readonly #write: (stocks: readonly Stock[]) => Promise<void>;
  readonly #attempt: (turn: () => Promise<void>) => Promise<void>;
  readonly #stop = new AbortController();
  #writtenNumber: number;
  #running: Promise<void> | undefined;

  /** @param writtenNumber the last trade that the file on disk covers */
  constructor(
    catalog: Catalog,
    write: (stocks: readonly Stock[]) => Promise<void>,
    writtenNumber: number,
    logger: Logger,
  ) {
    this.#catalog = catalog;
    this.#write = write;
    this.#writtenNumber = writtenNumber;
    this.#attempt = warnOnce(
      logger,
      'catalog.csv could not be written; the journal has everything, trying again',
    );
  }

  start(intervalMs: number, clock: Clock): void {
    this.#running = repeatEvery(intervalMs, () => this.#save(), clock, this.#stop.signal);
  }

  /** Ends the loop; what has changed since its last turn is written first. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#save();
  }

  async #save(): Promise<void> {
    const { lastNumber } = this.#catalog.state;
    if (lastNumber === this.#writtenNumber) {
      return;
    }
    await this.#attempt(async () => {
      const stocks = await this.#catalog.snapshot();
      failpoint('catalog.snapshot.taken');
      await this.#write(stocks);
      failpoint('catalog.snapshot.written');
      this.#writtenNumber = lastNumber;
    });
  }
}
