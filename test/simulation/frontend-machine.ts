import { CacheLease, type LeasePort } from '../../src/frontend/cache-lease.js';
import { LeaderFinder } from '../../src/frontend/leader-finder.js';
import type { ReplicaPort } from '../../src/frontend/replica-port.js';
import { OrderGateway, type OrderPort } from '../../src/frontend/order-gateway.js';
import { StockCache } from '../../src/frontend/stock-cache.js';
import { StockLookup, type LookupPort } from '../../src/frontend/stock-lookup.js';
import type { Life } from './life.js';
import { Machine } from './machine.js';
import { finderTiming, leaseMs, lookupBudgetMs, requestBudgetMs } from './settings.js';
import type { World } from './world.js';

export type ReplicaClientPort = ReplicaPort & OrderPort & { reset(reason: string): void };

/** How a frontend reaches the others. */
export interface FrontendPorts {
  catalog(life: Life): LookupPort & LeasePort;
  replicas(life: Life): readonly ReplicaClientPort[];
}

interface Cores {
  readonly lease: CacheLease;
  readonly stocks: StockLookup;
  readonly finder: LeaderFinder;
  readonly gateway: OrderGateway;
}

export class FrontendMachine extends Machine {
  readonly #ports: FrontendPorts;
  #cores: Cores | undefined;
  #starts = 0;

  constructor(number: number, world: World, ports: FrontendPorts) {
    super(`frontend-${number}`, world);
    this.#ports = ports;
  }

  /** The parts of a process that listens. */
  get cores(): Cores {
    return this.#cores as Cores;
  }

  protected boot(life: Life): Promise<void> {
    this.#starts += 1;
    const catalog = this.#ports.catalog(life);
    const replicas = this.#ports.replicas(life);
    const { logger } = this;
    const lease: CacheLease = new CacheLease({
      port: catalog,
      clock: life,
      instanceId: `${this.name}-${this.#starts}`,
      renewIntervalMs: leaseMs / 3,
      onSessionEnd: () => stocks.clear(),
      logger,
    });
    // Smaller than the number of stocks, so that stocks are evicted.
    const stocks = new StockLookup(catalog, new StockCache(2), lease, life, lookupBudgetMs);
    const finder = new LeaderFinder({
      replicas,
      clock: life,
      timing: finderTiming,
      logger,
      onDown: (id) => replicas.find((replica) => replica.id === id)?.reset(`replica ${id} is down`),
    });
    const gateway = new OrderGateway(replicas, finder, life, {
      budgetMs: requestBudgetMs,
      maxInFlight: 1_024,
      maxQuestions: 1_024,
    });
    this.#cores = { lease, stocks, finder, gateway };
    lease.start();
    finder.start();
    return Promise.resolve();
  }

  protected forget(): void {
    this.#cores = undefined;
  }
}
