import { CatalogMachine } from './catalog-machine.js';
import { FrontendMachine } from './frontend-machine.js';
import { catalogPort, invalidationPort, replicaClient } from './frontend-ports.js';
import type { Machine } from './machine.js';
import { OrderMachine } from './order-machine.js';
import { ledgerPort, peerPort } from './replica-ports.js';
import type { World } from './world.js';

/** One catalog, three order replicas and two frontends, wired as in production. */
export class Cluster {
  readonly catalog: CatalogMachine;
  readonly replicas: readonly OrderMachine[];
  readonly frontends: readonly FrontendMachine[];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.catalog = new CatalogMachine(world, (life) => invalidationPort(world, life, () => this.frontends));
    this.replicas = [1, 2, 3].map(
      (id) =>
        new OrderMachine(id, world, {
          ledger: (life) => ledgerPort(world, life, this.catalog, id),
          peers: (life) =>
            this.replicas.filter((peer) => peer.id !== id).map((peer) => peerPort(world, life, peer)),
        }),
    );
    const holders = (ids: readonly number[]): Machine[] => [
      this.catalog,
      ...this.replicas.filter(({ id }) => ids.includes(id)),
    ];
    this.frontends = [1, 2].map(
      (number) =>
        new FrontendMachine(number, world, {
          catalog: (life) => catalogPort(world, life, this.catalog),
          replicas: (life) => this.replicas.map((replica) => replicaClient(world, life, replica, holders)),
        }),
    );
  }

  /** The replica that leads; in trouble there may be none, or one that does not know yet that its time is over. */
  get leader(): OrderMachine | undefined {
    const leaders = this.replicas.filter(({ listening, replica }) => listening && replica.role === 'leader');
    return leaders.sort((a, b) => b.replica.leadership.term - a.replica.leadership.term)[0];
  }

  get machines(): readonly Machine[] {
    return [this.catalog, ...this.replicas, ...this.frontends];
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
