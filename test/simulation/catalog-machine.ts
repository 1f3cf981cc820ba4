import { CacheSessions } from '../../src/catalog/cache-sessions.js';
import type { InvalidationPort } from '../../src/catalog/cache-invalidator.js';
import { Catalog, type CatalogParts } from '../../src/catalog/catalog.js';
import { Ledger, type Stock } from '../../src/catalog/ledger.js';
import { SnapshotLoop } from '../../src/catalog/snapshot-loop.js';
import { SimulatedFile } from './disk.js';
import type { Life } from './life.js';
import { Machine } from './machine.js';
import { openJournal } from './opened-files.js';
import { initialStocks, leaseMs } from './settings.js';
import type { World } from './world.js';

export class CatalogMachine extends Machine {
  override readonly file: SimulatedFile;
  readonly #invalidator: (life: Life) => InvalidationPort;
  /** catalog.csv: replaced as a whole, so the old one or the new one. */
  #snapshot: readonly Stock[] = initialStocks;
  #catalog: Catalog | undefined;
  #sessions = new CacheSessions(leaseMs);
  #starts = 0;

  constructor(world: World, invalidator: (life: Life) => InvalidationPort, name = 'catalog') {
    super(name, world);
    this.#invalidator = invalidator;
    this.file = new SimulatedFile(world.timeline, this.dice);
  }

  /** Tells the process that runs now from those before. */
  get processId(): string {
    return `${this.name} ${this.#starts}`;
  }

  /** The catalog of a process that listens. */
  get catalog(): Catalog {
    return this.#catalog as Catalog;
  }

  /** How many cache sessions it remembers. */
  get sessions(): number {
    return this.#sessions.size;
  }

  protected async boot(life: Life): Promise<void> {
    const ledger = new Ledger(this.#snapshot);
    const snapshotNumber = Math.max(...[...ledger.stocks.values()].map((stock) => stock.version));
    const journal = await openJournal(this.file, ledger, life, this.fatal);
    if (snapshotNumber > ledger.end.number) {
      throw new Error(`catalog.csv has seen trade ${snapshotNumber}, the journal ${ledger.end.number}`);
    }
    this.open(life, { ledger, journal });
    const write = async (stocks: readonly Stock[]): Promise<void> => {
      await life.sleep(3);
      this.#snapshot = stocks;
      await life.sleep(1);
    };
    new SnapshotLoop(this.catalog, write, snapshotNumber, this.logger as never).start(1_000, life);
  }

  /** Begins to answer. */
  protected open(life: Life, parts: Pick<CatalogParts, 'ledger' | 'journal' | 'activity'>): void {
    this.#starts += 1;
    const alarm = (text: string): void => this.world.history.violation(`I7: the catalog's alarm: ${text}`);
    const sessions = new CacheSessions(leaseMs);
    this.#sessions = sessions;
    const invalidator = this.#invalidator(life);
    this.#catalog = new Catalog({ ...parts, sessions, invalidator, clock: life, alarm });
  }

  protected forget(): void {
    this.#catalog = undefined;
  }
}
