import { CacheSessions } from '../../src/catalog/cache-sessions.js';
import { Catalog } from '../../src/catalog/catalog.js';
import { Ledger } from '../../src/catalog/ledger.js';
import type { BatchOutcome, JournalPage, LedgerPort, TermOutcome } from '../../src/order/ledger-port.js';
import type { Clock } from '../../src/shared/clock.js';
import type {
  Leadership,
  LogEnd,
  Order,
  ReplicaId,
  Term,
  Trade,
  TransactionNumber,
} from '../../src/shared/domain.js';
import { stock } from './example-trades.js';
import { FakeInvalidator } from './fake-invalidator.js';
import { MemoryJournal } from './memory-journal.js';
import type { VirtualClock } from './virtual-clock.js';

/** How long the order replicas wait for an answer, ms. */
const deadlineMs = 1_000;

interface Batch {
  readonly term: Term;
  readonly firstNumber: TransactionNumber;
  readonly orderIds: readonly string[];
}

/** The real catalog behind a line that can fail: the answers of the real thing, or none. */
export class FakeLedger implements LedgerPort {
  readonly catalog: Catalog;
  readonly journal = new MemoryJournal();
  readonly alarms: string[] = [];
  /** The batches that were sent, in order, whatever became of them. */
  readonly batches: Batch[] = [];
  /** The calls of any kind that were sent. */
  readonly calls: ('trade' | 'beginTerm' | 'readJournal')[] = [];
  /** `away`: the call fails at once; `silent`: it fails at the deadline; `deaf`: it is executed, then fails. */
  mode: 'up' | 'away' | 'silent' | 'deaf' = 'up';
  /** Most trades in a page of the journal. */
  maxPage = 10_000;
  readonly #clock: Clock;
  #held: (() => void)[] | undefined;

  private constructor(clock: Clock) {
    this.#clock = clock;
    this.catalog = new Catalog({
      ledger: new Ledger([stock('GameStart', 100), stock('BoarCo', 5)]),
      journal: this.journal,
      sessions: new CacheSessions(0),
      invalidator: new FakeInvalidator(),
      clock,
      alarm: (text) => this.alarms.push(text),
    });
  }

  static async start(clock: VirtualClock): Promise<FakeLedger> {
    const ledger = new FakeLedger(clock);
    await clock.advance(0);
    return ledger;
  }

  /** All that was executed. */
  get trades(): readonly Trade[] {
    return this.journal.trades;
  }

  /** Executes orders behind the back of the replicas, as a client of the catalog itself can. */
  async execute(...orders: readonly Order[]): Promise<void> {
    await this.catalog.trade({ term: 0, leaderId: 0, firstNumber: 0, orders });
  }

  /** From now on calls are under way until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.forEach((resolve) => resolve());
  }

  trade(
    leadership: Leadership,
    firstNumber: TransactionNumber,
    orders: readonly Order[],
  ): Promise<BatchOutcome> {
    this.batches.push({ term: leadership.term, firstNumber, orderIds: orders.map(({ orderId }) => orderId) });
    return this.#call('trade', async () => {
      const outcome = await this.catalog.trade({ ...leadership, firstNumber, orders });
      const decisions = outcome.decisions.map((decision) => ({
        message: '',
        number: 0,
        term: 0,
        ...decision,
      }));
      return { ...outcome, decisions };
    });
  }

  beginTerm(replicaId: ReplicaId, observed: Term, logEnd: LogEnd): Promise<TermOutcome> {
    return this.#call('beginTerm', () => this.catalog.beginTerm(replicaId, observed, logEnd));
  }

  readJournal(after: TransactionNumber, limit: number): Promise<JournalPage> {
    return this.#call('readJournal', () =>
      this.catalog.readJournal(Math.max(0, after), Math.min(limit, this.maxPage)),
    );
  }

  async #call<T>(kind: FakeLedger['calls'][0], execute: () => Promise<T>): Promise<T> {
    this.calls.push(kind);
    await new Promise<void>((resolve) => (this.#held ? this.#held.push(resolve) : resolve()));
    if (this.mode === 'silent') {
      await this.#clock.sleep(deadlineMs);
    }
    if (this.mode === 'away' || this.mode === 'silent') {
      throw new Error('no answer of the ledger');
    }
    const { mode } = this;
    const answer = await execute();
    if (mode === 'deaf') {
      throw new Error('the answer of the ledger was lost');
    }
    return answer;
  }
}
