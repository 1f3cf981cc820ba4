// A leader's work: collects orders, has the ledger decide them batch by batch, and answers each when it is on enough
// disks (rules O1 to O5 of docs/protocol.md). One sequencer serves one term; whoever loses office drops it.
import { code, message } from '../shared/answer-codes.js';
import type { Clock } from '../shared/clock.js';
import { maxBatchOrders, sameBody } from '../shared/domain.js';
import type { Leadership, LogEnd, Order, Trade, TransactionNumber } from '../shared/domain.js';
import { failpoint } from '../shared/failpoint.js';
import type { BatchOutcome, Decision, LedgerPort } from './ledger-port.js';
import type { OrderLog } from './order-log.js';
import type { Replication } from './replication.js';

/** What the client is told. */
export interface OrderAnswer {
  readonly code: number;
  readonly message: string;
  /** 0 unless the code is 200. */
  readonly number: TransactionNumber;
}

export interface SequencerLimits {
  /** Orders that may be waiting or under way. */
  readonly maxInFlight: number;
  /** How long the ledger may be silent before new orders are refused, ms. */
  readonly ledgerPatienceMs: number;
  /** How long to wait before a batch without an answer is sent again, ms. */
  readonly retryIntervalMs: number;
}

class InFlight {
  readonly order: Order;
  readonly answer: Promise<OrderAnswer>;
  resolve!: (answer: OrderAnswer) => void;

  constructor(order: Order) {
    this.order = order;
    this.answer = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }
}

export interface SequencerParts {
  readonly leadership: Leadership;
  readonly log: OrderLog;
  readonly ledger: LedgerPort;
  readonly replication: Replication;
  readonly clock: Clock;
  readonly limits: SequencerLimits;
  /** Office is lost to a later term. */
  readonly onLost: (reason: string) => void;
  /** The log did not take trades that the ledger has executed. */
  readonly onStoreFailed: (error: unknown) => void;
}

const refusal = (refusalCode: number, text: string): OrderAnswer => ({
  code: refusalCode,
  message: text,
  number: 0,
});

export class Sequencer {
  readonly #parts: SequencerParts;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #stop = new AbortController();
  #queue: InFlight[] = [];
  #running = false;
  #finishing = false;
  #ledgerSilentSinceMs: number | undefined;

  constructor(parts: SequencerParts) {
    this.#parts = parts;
  }

  /** How many orders are waiting or under way. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** How many of them have not been sent to the ledger yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves when the order is decided and on enough disks, or cannot be handled here. Never rejects. */
  submit(order: Order): Promise<OrderAnswer> {
    const earlier = this.#inFlight.get(order.orderId);
    if (earlier) {
      return sameBody(earlier.order, order)
        ? earlier.answer
        : Promise.resolve(refusal(code.keyReused, message.keyReused));
    }
    if (this.#finishing || this.#stop.signal.aborted) {
      return Promise.resolve(refusal(code.notLeader, 'not the leader any more'));
    }
    if (this.#inFlight.size >= this.#parts.limits.maxInFlight) {
      return Promise.resolve(refusal(code.unavailable, message.queueFull));
    }
    if (this.#ledgerIsSilent()) {
      return Promise.resolve(refusal(code.unavailable, message.catalogDown));
    }
    return this.#enqueue(order);
  }

  /** Fetches a page of the trades that the ledger has executed without this leader; tries once. */
  async catchUp(): Promise<void> {
    const { ledger, log } = this.#parts;
    const page = await ledger.readJournal(log.end.number, maxBatchOrders).catch(() => undefined);
    this.#store((store) => store.append(page?.trades ?? []));
  }

  /** Takes no new order. Resolves when those that are here are answered, or after `patienceMs`. */
  async finish(patienceMs: number): Promise<void> {
    this.#finishing = true;
    const over = new AbortController();
    const answers = [...this.#inFlight.values()].map((entry) => entry.answer);
    await Promise.race([Promise.all(answers), this.#parts.clock.sleep(patienceMs, over.signal)]);
    over.abort();
  }

  /** Gives up: whoever waits is sent elsewhere. What the ledger has decided stays decided. */
  stop(reason: string): void {
    this.#stop.abort();
    for (const { order } of this.#inFlight.values()) {
      this.#answer(order.orderId, refusal(code.notLeader, reason));
    }
    this.#queue = [];
  }

  #enqueue(order: Order): Promise<OrderAnswer> {
    failpoint('order.order.received');
    const entry = new InFlight(order);
    this.#inFlight.set(order.orderId, entry);
    this.#queue.push(entry);
    if (!this.#running) {
      this.#running = true;
      void this.#run();
    }
    return entry.answer;
  }

  #answer(orderId: string, answer: OrderAnswer): void {
    const entry = this.#inFlight.get(orderId);
    this.#inFlight.delete(orderId);
    entry?.resolve(answer);
  }

  #ledgerIsSilent(): boolean {
    const { clock, limits } = this.#parts;
    const since = this.#ledgerSilentSinceMs;
    return since !== undefined && clock.now() - since > limits.ledgerPatienceMs;
  }

  /** One batch at the ledger at a time; the one before it may still be on its way to the disks. */
  async #run(): Promise<void> {
    // All that came in one message are here before the first of them is sent on.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const orders = this.#queue.splice(0, maxBatchOrders).map((entry) => entry.order);
      const outcome = await this.#decide(orders);
      if (outcome?.code === code.ok) {
        await this.#take(orders, outcome);
      } else if (outcome) {
        orders.forEach((order) => this.#answer(order.orderId, refusal(code.unavailable, outcome.message)));
      }
    }
    this.#running = false;
  }

  /** Asks until the ledger has decided the batch, or refused it whole. Undefined: office was lost meanwhile. */
  async #decide(orders: readonly Order[]): Promise<BatchOutcome | undefined> {
    const { ledger, log, leadership, onLost } = this.#parts;
    for (let attempt = 1; !this.#stop.signal.aborted; attempt += 1) {
      const firstNumber = log.end.number + 1;
      failpoint('order.batch.sending');
      const outcome = await this.#ask(() => ledger.trade(leadership, firstNumber, orders));
      if (outcome?.code === code.unavailable && attempt > 1) {
        // An attempt before this one may have been executed.
        return { ...outcome, message: message.outcomeUnknown };
      }
      if (outcome?.code === code.conflict) {
        onLost(`replica ${outcome.leaderId} leads in term ${outcome.term}`);
      } else if (outcome?.code === code.gap) {
        if (outcome.lastNumber < firstNumber - 1) {
          onLost(`the ledger ends with ${outcome.lastNumber}, this log with ${firstNumber - 1}`);
        }
        await this.#pull(outcome.lastNumber);
      } else if (outcome) {
        return outcome;
      }
    }
    return undefined;
  }

  /** One question to the ledger; after a failure a pause, and undefined. */
  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    const { clock, limits } = this.#parts;
    try {
      const answer = await question();
      this.#ledgerSilentSinceMs = undefined;
      return answer;
    } catch {
      this.#ledgerSilentSinceMs ??= clock.now();
      if (this.#ledgerIsSilent()) {
        this.#refuseQueued();
      }
      await clock.sleep(limits.retryIntervalMs, this.#stop.signal);
      return undefined;
    }
  }

  /** What was never sent to the ledger can be refused for certain; what was sent cannot. */
  #refuseQueued(): void {
    for (const { order } of this.#queue.splice(0)) {
      this.#answer(order.orderId, refusal(code.unavailable, message.catalogDown));
    }
  }

  /** Fetches trades that the ledger has and this log has not: executed without this leader. */
  async #pull(lastNumber: TransactionNumber): Promise<void> {
    const { ledger, log, clock, limits } = this.#parts;
    while (!this.#stop.signal.aborted && log.end.number < lastNumber) {
      const page = await this.#ask(() => ledger.readJournal(log.end.number, maxBatchOrders));
      failpoint('order.pull.received');
      this.#store((store) => store.append(page?.trades ?? []));
      if (page?.trades.length === 0) {
        await clock.sleep(limits.retryIntervalMs, this.#stop.signal);
      }
    }
  }

  /** Stores what a decided batch executed, and has each order answered when that is on enough disks. */
  async #take(orders: readonly Order[], outcome: BatchOutcome): Promise<void> {
    const { log, replication } = this.#parts;
    failpoint('order.batch.decided');
    this.#store((store) => store.extend(freshTrades(orders, outcome.decisions, log.end)));
    const highest = outcome.decisions.reduce((max, decision) => Math.max(max, decision.number), 0);
    if (highest > log.end.number) {
      await this.#pull(highest);
    }
    const executed: [string, OrderAnswer][] = [];
    outcome.decisions.forEach((decision, index) => {
      const { orderId } = orders[index] as Order;
      if (decision.code === code.ok) {
        executed.push([orderId, { code: code.ok, message: '', number: decision.number }]);
      } else {
        this.#answer(orderId, refusal(decision.code, decision.message));
      }
    });
    void replication.reached(highest).then(() => {
      failpoint('order.batch.replicated');
      executed.forEach((entry) => this.#answer(...entry));
      failpoint('order.batch.answered');
    });
  }

  #store(append: (log: OrderLog) => Promise<void>): void {
    const { log, replication, onStoreFailed } = this.#parts;
    if (this.#stop.signal.aborted) {
      return;
    }
    append(log).then(() => {
      failpoint('order.batch.durable');
      replication.progress();
    }, onStoreFailed);
    replication.wake();
  }
}

/** The trades of a batch that follow the end of the log. */
function freshTrades(
  orders: readonly Order[],
  decisions: readonly Decision[],
  end: LogEnd,
): Omit<Trade, 'checksum'>[] {
  const fresh: Omit<Trade, 'checksum'>[] = [];
  decisions.forEach(({ number, term }, index) => {
    if (number === end.number + fresh.length + 1) {
      const order = orders[index] as Order & Pick<Trade, 'type'>;
      fresh.push({ ...order, number, term });
    }
  });
  return fresh;
}
