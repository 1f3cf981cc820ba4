import { ActivityLease } from '../../src/catalog/database/activity-lease.js';
import { DatabaseJournal } from '../../src/catalog/database/database-journal.js';
import { copyLedger } from '../../src/catalog/database/ledger-copy.js';
import { standBy } from '../../src/catalog/database/standby.js';
import { untilBack } from '../../src/catalog/database/until-back.js';
import type { InvalidationPort } from '../../src/catalog/cache-invalidator.js';
import { CatalogMachine } from './catalog-machine.js';
import { databasePort, type DatabaseMachine } from './database-machine.js';
import type { Life } from './life.js';
import { activityLeaseMs } from './settings.js';
import type { World } from './world.js';

/** A catalog whose ledger is in a database, put together as src/catalog/ledger-in-database.ts does. */
export class StandingCatalogMachine extends CatalogMachine {
  readonly #database: DatabaseMachine;

  constructor(
    name: string,
    world: World,
    database: DatabaseMachine,
    invalidator: (life: Life) => InvalidationPort,
  ) {
    super(world, invalidator, name);
    this.#database = database;
  }

  protected override async boot(life: Life): Promise<void> {
    const database = databasePort(this.world, life, this.#database);
    const ledger = await untilBack(() => copyLedger(database, 0), life, this.logger);
    const parts = { database, clock: life, leaseMs: activityLeaseMs };
    const lost = (reason: string): void => this.endItself(reason);
    const { head, activity } = await standBy(
      parts,
      ledger,
      (claimed, claimedMs) => new ActivityLease(parts, claimed, claimedMs, lost),
    );
    this.world.trace.add(this.name, `IS ACTIVE in epoch ${head.epoch}`);
    const journal = new DatabaseJournal({ database, activity, clock: life }, head);
    this.open(life, { ledger, journal, activity });
  }
}
