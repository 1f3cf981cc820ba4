import { ActiveCatalog } from '../../src/frontend/active-catalog.js';
import { ActiveCatalog as ActiveLedger } from '../../src/order/active-catalog.js';
import { CatalogMachine } from './catalog-machine.js';
import { DatabaseMachine } from './database-machine.js';
import { FrontendMachine } from './frontend-machine.js';
import { catalogPort, invalidationPort, replicaClient } from './frontend-ports.js';
import type { Life } from './life.js';
import type { Machine } from './machine.js';
import { OrderMachine } from './order-machine.js';
import { ledgerPort, peerPort } from './replica-ports.js';
import { StandingCatalogMachine } from './standing-catalog-machine.js';
import type { World } from './world.js';

/** What nobody does in a simulation. */
const close = (): void => undefined;
const listStocks = (): Promise<never> => new Promise(() => undefined);

/** Where the ledger is: in the files of one catalog, or in a database that two of them share. */
export type LedgerPlace = 'files' | 'database';

/** A catalog or two, three order replicas and two frontends, wired as in production. */
export class Cluster {
  readonly catalogs: readonly CatalogMachine[];
  /** Left out where the ledger is in files. */
  readonly database: DatabaseMachine | undefined;
  readonly replicas: readonly OrderMachine[];
  readonly frontends: readonly FrontendMachine[];
  readonly #world: World;

  constructor(world: World, place: LedgerPlace) {
    this.#world = world;
    const invalidator = (life: Life) => invalidationPort(world, life, () => this.frontends);
    const database = place === 'database' ? new DatabaseMachine(world) : undefined;
    this.database = database;
    this.catalogs = database
      ? [1, 2].map((number) => new StandingCatalogMachine(`catalog-${number}`, world, database, invalidator))
      : [new CatalogMachine(world, invalidator)];
    this.replicas = [1, 2, 3].map(
      (id) =>
        new OrderMachine(id, world, {
          ledger: (life) =>
            new ActiveLedger(
              this.catalogs.map((catalog) => ({ ...ledgerPort(world, life, catalog, id), close })),
            ),
          peers: (life) =>
            this.replicas.filter((peer) => peer.id !== id).map((peer) => peerPort(world, life, peer)),
        }),
    );
    const holders = (ids: readonly number[]): Machine[] => [
      ...(this.database ? [] : this.catalogs),
      ...this.replicas.filter(({ id }) => ids.includes(id)),
    ];
    this.frontends = [1, 2].map(
      (number) =>
        new FrontendMachine(number, world, {
          catalog: (life) =>
            new ActiveCatalog(
              this.catalogs.map((catalog) => ({ ...catalogPort(world, life, catalog), listStocks, close })),
            ),
          replicas: (life) => this.replicas.map((replica) => replicaClient(world, life, replica, holders)),
        }),
    );
  }

  /** The catalog that answers, or would if it were there. */
  get catalog(): CatalogMachine {
    return this.catalogs.find(({ listening }) => listening) ?? (this.catalogs[0] as CatalogMachine);
  }

  /** The replica that leads; in trouble there may be none, or one that does not know yet that its time is over. */
  get leader(): OrderMachine | undefined {
    const leaders = this.replicas.filter(({ listening, replica }) => listening && replica.role === 'leader');
    return leaders.sort((a, b) => b.replica.leadership.term - a.replica.leadership.term)[0];
  }

  get machines(): readonly Machine[] {
    return [...this.catalogs, ...(this.database ? [this.database] : []), ...this.replicas, ...this.frontends];
  }

  /** Ends every fault. */
  heal(): void {
    this.#world.trace.add('world', 'HEALS');
    this.#world.network.heal();
    this.#world.ambush.disarm();
    for (const machine of this.machines) {
      machine.file?.recover();
      machine.resume();
      machine.start();
    }
  }
}
