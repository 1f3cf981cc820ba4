import type { LedgerPort } from '../../src/order/ledger-port.js';
import type { OrderLog } from '../../src/order/order-log.js';
import { Replica, type PeerPort } from '../../src/order/replica.js';
import type { OrderAnswer } from '../../src/order/sequencer.js';
import { code } from '../../src/shared/answer-codes.js';
import type { Order, ReplicaId } from '../../src/shared/domain.js';
import { SimulatedFile } from './disk.js';
import type { Life } from './life.js';
import { Machine } from './machine.js';
import { openOrderLog } from './opened-files.js';
import { replicaTiming, sequencerLimits } from './settings.js';
import type { World } from './world.js';

/** How a replica reaches the others. */
export interface ReplicaPorts {
  ledger(life: Life): LedgerPort;
  peers(life: Life): readonly PeerPort[];
}

/** A leader may count on a follower's disk for so long after somebody has removed what was on it, ms. */
const unnoticedMs = 4_000;

export class OrderMachine extends Machine {
  readonly id: ReplicaId;
  override readonly file: SimulatedFile;
  readonly #ports: ReplicaPorts;
  #replica: Replica | undefined;
  #log: OrderLog | undefined;

  constructor(id: ReplicaId, world: World, ports: ReplicaPorts) {
    super(`order-${id}`, world);
    this.id = id;
    this.#ports = ports;
    this.file = new SimulatedFile(world.timeline, this.dice);
  }

  /** The replica of a process that listens. */
  get replica(): Replica {
    return this.#replica as Replica;
  }

  get log(): OrderLog {
    return this.#log as OrderLog;
  }

  /** Has the order executed, and looks where it is stored before the answer leaves. */
  async submit(
    order: Order,
    holders: (ids: readonly ReplicaId[]) => readonly Machine[],
  ): Promise<OrderAnswer> {
    const { replica } = this;
    const answer = await replica.submit(order);
    if (answer.code === code.ok) {
      const { nowMs } = this.world.timeline;
      for (const machine of [this, ...holders(replica.status.inSyncIds)]) {
        const isHeld = machine.file?.holdsForCertain(`,${order.orderId},`);
        if (!isHeld && !machine.file?.erasedSince(nowMs - unnoticedMs)) {
          this.world.history.violation(`I9: ${order.orderId} is answered, but ${machine.name} may lose it`);
        }
      }
    }
    return answer;
  }

  protected async boot(life: Life): Promise<void> {
    const log = await openOrderLog(this.file, life, this.fatal);
    this.#log = log;
    this.#replica = new Replica({
      id: this.id,
      log,
      ledger: this.#ports.ledger(life),
      peers: this.#ports.peers(life),
      clock: life,
      timing: replicaTiming,
      limits: sequencerLimits,
      logger: this.logger,
      fatal: this.fatal,
    });
    this.#replica.start();
  }

  protected forget(): void {
    this.#replica = undefined;
    this.#log = undefined;
  }
}
