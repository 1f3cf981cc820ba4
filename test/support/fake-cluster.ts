import {
  UnreachableError,
  type Notice,
  type ReplicaPort,
  type ReplicaState,
} from '../../src/frontend/replica-port.js';
import type { ExecutedOrder, OrderAnswer, OrderPort, QueryAnswer } from '../../src/frontend/order-gateway.js';
import type { Clock } from '../../src/shared/clock.js';
import type { Order, ReplicaId, Term, TransactionNumber } from '../../src/shared/domain.js';

/** How long the frontend waits for a heartbeat, and for a replica to take office, ms. */
const heartbeatDeadlineMs = 250;
const notifyDeadlineMs = 2_000;

/** What the replicas have in common, as the ledger would know it. */
export class FakeCluster {
  term: Term = 0;
  leaderId: ReplicaId = 0;
  readonly orders: ExecutedOrder[] = [];
  readonly numbers = new Map<string, TransactionNumber>();
  /** Who was proposed as a leader, in order. */
  readonly proposals: ReplicaId[] = [];
  readonly replicas: readonly [FakeReplica, FakeReplica, FakeReplica];

  constructor(clock: Clock) {
    this.replicas = [1, 2, 3].map((id) => new FakeReplica(id, this, clock)) as [
      FakeReplica,
      FakeReplica,
      FakeReplica,
    ];
  }

  replica(id: 1 | 2 | 3): FakeReplica {
    return this.replicas[id - 1] as FakeReplica;
  }

  /** The replica leads, without any frontend having asked for it. */
  elect(id: 1 | 2 | 3): void {
    this.term += 1;
    this.leaderId = id;
    this.replica(id).lead(this.term);
  }

  execute(order: Order): TransactionNumber {
    const number = this.numbers.get(order.orderId) ?? this.orders.length + 1;
    if (!this.numbers.has(order.orderId)) {
      this.numbers.set(order.orderId, number);
      this.orders.push({ number, name: order.name, type: order.type, quantity: order.quantity });
    }
    return number;
  }
}

/** An order replica as a frontend sees it. */
export class FakeReplica implements ReplicaPort, OrderPort {
  readonly id: ReplicaId;
  /** `unreachable`: nothing listens; `hanging`: it takes everything and answers nothing. */
  mode: 'up' | 'unreachable' | 'hanging' = 'up';
  /** It executes orders, and its answers are lost. */
  losesAnswers = false;
  /** Whether it reaches the ledger. */
  ready = true;
  /** Answers every order with this code. */
  orderCode: number | undefined;
  /** Answers every question with this code. */
  queryCode: number | undefined;
  role = 'follower';
  term: Term = 0;
  /** The orders that arrived, executed or not. */
  readonly received: string[] = [];
  queries = 0;
  readonly #cluster: FakeCluster;
  readonly #clock: Clock;
  #unanswered: (() => void)[] = [];

  constructor(id: ReplicaId, cluster: FakeCluster, clock: Clock) {
    this.id = id;
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** The process dies, and what was under way breaks. */
  kill(): void {
    this.mode = 'unreachable';
    this.role = 'follower';
    this.term = 0;
    this.reset();
  }

  lead(term: Term): void {
    this.role = 'leader';
    this.term = term;
  }

  /** The frontend takes back what is under way. */
  reset(): void {
    this.#unanswered.splice(0).forEach((breakOff) => breakOff());
  }

  async heartbeat(): Promise<ReplicaState> {
    await this.#reach(heartbeatDeadlineMs);
    const { role, term, ready } = this;
    // Whoever has heard of the current term knows its leader as well.
    const known = term !== 0 && term === this.#cluster.term ? this.#cluster.leaderId : 0;
    const leaderId = role === 'leader' ? this.id : known;
    const nothing = { lastNumber: 0, checksum: 0, inSyncIds: [], uptimeMs: 0 };
    return { ...nothing, role, term, leaderId, ready, unreadyReason: ready ? '' : 'no catalog' };
  }

  async notify(leaderId: ReplicaId, term: Term): Promise<Notice> {
    if (leaderId === this.id) {
      this.#cluster.proposals.push(this.id);
    }
    await this.#reach(notifyDeadlineMs);
    if (leaderId !== this.id) {
      return { code: 200, term: this.term, leaderId };
    }
    if (!this.ready) {
      return { code: 503, term: this.term, leaderId: 0 };
    }
    if (term !== 0 && term < this.#cluster.term) {
      this.term = this.#cluster.term;
      return { code: 409, term: this.term, leaderId: this.#cluster.leaderId };
    }
    this.#cluster.elect(this.id as 1 | 2 | 3);
    return { code: 200, term: this.term, leaderId };
  }

  async order(order: Order): Promise<OrderAnswer> {
    this.received.push(order.orderId);
    await this.#reach();
    if (this.orderCode !== undefined) {
      return { code: this.orderCode, message: `says replica ${this.id}`, number: 0 };
    }
    if (this.#cluster.leaderId !== this.id || this.role !== 'leader') {
      this.role = 'follower';
      return { code: 421, message: 'not the leader', number: 0 };
    }
    const number = this.#cluster.execute(order);
    if (this.losesAnswers) {
      throw new Error('connection reset');
    }
    return { code: 200, message: '', number };
  }

  async query(number: TransactionNumber): Promise<QueryAnswer> {
    this.queries += 1;
    await this.#reach();
    if (this.queryCode !== undefined) {
      return { code: this.queryCode, message: `says replica ${this.id}` };
    }
    const order = this.#cluster.orders[number - 1];
    return order ? { code: 200, order } : { code: 404, message: 'Transaction number not found' };
  }

  async newest(limit: number, before = Infinity): Promise<readonly ExecutedOrder[]> {
    await this.#reach();
    return this.#cluster.orders
      .filter(({ number }) => number < before)
      .slice(-limit)
      .toReversed();
  }

  /** Gets through to the replica, or fails: at once, at the deadline, or when it is reset. */
  async #reach(deadlineMs?: number): Promise<void> {
    if (this.mode === 'unreachable') {
      throw new UnreachableError('connect ECONNREFUSED');
    }
    if (this.mode === 'hanging') {
      const broken = new Promise<void>((resolve) => this.#unanswered.push(resolve));
      await (deadlineMs === undefined ? broken : this.#clock.sleep(deadlineMs));
      throw new Error('no answer');
    }
  }
}
