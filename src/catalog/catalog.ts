// The catalog at work: one commit at a time, from judging a batch to making it visible (rules C1 to C9 of
// docs/protocol.md). The rules of trading are in ledger.ts, the files in journal.ts and stock-file.ts; clock, journal
// and frontends are parameters, so that all of this also runs in a simulation.
import { code, message } from '../shared/answer-codes.js';
import { DiskFullError } from '../shared/append-file.js';
import { maxTermGap } from '../shared/domain.js';
import type {
  Leadership,
  LogEnd,
  Order,
  ReplicaId,
  Term,
  Trade,
  TransactionNumber,
} from '../shared/domain.js';
import { failpoint } from '../shared/failpoint.js';
import { LockQueueFullError, ReadWriteLock } from '../shared/lock.js';
import { onlyCatalog, type Activity } from './activity.js';
import type { RenewalOutcome } from './cache-sessions.js';
import type { Decision, Ledger, Proposal, Stock } from './ledger.js';
import { VisibleStocks, type StockView, type VisibilityParts } from './visible-stocks.js';

/** The durable record of what was decided. Each promise resolves when the record is durable. */
export interface JournalPort {
  appendBatch(proposal: Omit<Proposal, 'decisions'>, term: Term): Promise<void>;
  appendTerm(leadership: Leadership): Promise<void>;
  /** @throws DiskFullError there is no room for a record of so many bytes */
  tryRoom(bytes: number): Promise<void>;
}

/** A leader's batch. Term 0: not from a leader, executed in whatever term is current. */
export interface TradeBatch extends Leadership {
  /** The number that the sender expects for the first new trade; not looked at in a batch of term 0. */
  readonly firstNumber: TransactionNumber;
  readonly orders: readonly Order[];
}

/** The ledger's state, as every answer carries it. */
export interface LedgerState extends Leadership {
  readonly lastNumber: TransactionNumber;
}

export interface BatchOutcome extends LedgerState {
  readonly code: typeof code.ok | typeof code.conflict | typeof code.gap | typeof code.unavailable;
  readonly message: string;
  /** One per order; empty unless the code is 200. */
  readonly decisions: readonly Decision[];
}

export interface TermOutcome extends LedgerState {
  readonly code: typeof code.ok | typeof code.conflict | typeof code.gap | typeof code.unavailable;
  readonly message: string;
}

/** What there must be room for when a disk that was full is tried again. */
const trialBytes = 4_096;

export interface CatalogParts extends VisibilityParts {
  readonly ledger: Ledger;
  readonly journal: JournalPort;
  /** Left out: no other catalog can be active. */
  readonly activity?: Activity;
  /** Called when a replica knows of something that the journal does not. */
  readonly alarm: (text: string) => void;
}

export class Catalog {
  readonly #parts: CatalogParts;
  readonly #activity: Activity;
  readonly #lock = new ReadWriteLock();
  readonly #visible: VisibleStocks;
  #open = false;
  /** The last record found no room. */
  #refused = false;
  #looksFull = false;
  #closed = false;
  readonly #opened: Promise<void>;

  /**
   * The catalog answers nothing before every lease that an earlier process may have granted has ended: a frontend
   * could still be serving from its cache what a recovered trade has changed.
   */
  constructor(parts: CatalogParts) {
    this.#parts = parts;
    this.#activity = parts.activity ?? onlyCatalog;
    this.#visible = new VisibleStocks(parts.ledger.stocks, parts);
    this.#opened = parts.clock.sleep(parts.sessions.longestLeaseMs).then(() => {
      this.#open = true;
    });
  }

  get state(): LedgerState {
    const { ledger } = this.#parts;
    return { ...ledger.leadership, lastNumber: ledger.end.number };
  }

  /** Whether it would execute a trade, as far as is known: not while the disk is full, nor right after the start. */
  get takesTrades(): boolean {
    return this.#open && this.#activity.holds && !this.diskFull;
  }

  /** Whether there is no room for another record, or not for many. */
  get diskFull(): boolean {
    return this.#refused || this.#looksFull;
  }

  /**
   * Brings `diskFull` up to date where no trade does: before one has failed, and when there is room again.
   * @param looksFull what the file system says of its free blocks
   */
  async noticeRoom(looksFull: boolean): Promise<void> {
    this.#looksFull = looksFull;
    if (this.#refused && !looksFull) {
      await this.#commit(
        () => this.#record(this.#parts.journal.tryRoom(trialBytes)),
        () => undefined,
      );
    }
  }

  /** The stock as everybody may see it now; undefined if there is none of that name. */
  lookup(name: string, sessionId: string): StockView | undefined | Promise<StockView | undefined> {
    return this.#answers
      ? this.#visible.look(name, sessionId)
      : this.#untilItAnswers().then(() => this.#visible.look(name, sessionId));
  }

  async listStocks(): Promise<readonly Stock[]> {
    await this.#untilItAnswers();
    return this.#visible.list();
  }

  /** Decides a batch as a whole: judged, durable, invalidated and visible when the promise resolves. */
  trade(batch: TradeBatch): Promise<BatchOutcome> {
    return this.#certain(() =>
      this.#commit(
        () => this.#tradeLocked(batch),
        (text) => this.#refuse(code.unavailable, text),
      ),
    );
  }

  /** Makes a replica the leader of the next term, if it has seen the current one and its log fits. */
  beginTerm(replicaId: ReplicaId, observed: Term, logEnd: LogEnd): Promise<TermOutcome> {
    return this.#certain(() =>
      this.#commit(
        () => this.#beginTermLocked(replicaId, observed, logEnd),
        (text) => this.#refuse(code.unavailable, text),
      ),
    );
  }

  /** At most `limit` durable trades after a number, and the state they are read from. */
  async readJournal(
    after: TransactionNumber,
    limit: number,
  ): Promise<LedgerState & { trades: readonly Trade[]; diskFull: boolean }> {
    await this.#untilItAnswers();
    const page = await this.#lock.read(() => ({
      ...this.state,
      diskFull: this.diskFull,
      trades: this.#parts.ledger.tradesAfter(after, limit),
    }));
    failpoint('catalog.journal.read');
    // What was read is all there is only if nobody else could add to it meanwhile.
    return this.#answers ? page : this.readJournal(after, limit);
  }

  /** A copy of all stocks between two commits, for the snapshot. */
  snapshot(): Promise<readonly Stock[]> {
    return this.#lock.read(() => [...this.#parts.ledger.stocks.values()]);
  }

  beginSession(sessionId: string, address: string): RenewalOutcome {
    if (!this.#activity.holds) {
      return 'withheld';
    }
    this.#parts.sessions.begin(sessionId, address, this.#parts.clock.now());
    failpoint('catalog.session.begun');
    return 'granted';
  }

  renewSession(sessionId: string): RenewalOutcome {
    if (!this.#activity.holds) {
      return 'withheld';
    }
    const outcome = this.#parts.sessions.renew(sessionId, this.#parts.clock.now());
    failpoint('catalog.session.renewed');
    return outcome;
  }

  releaseSession(sessionId: string): void {
    this.#parts.sessions.release(sessionId);
  }

  /**
   * Lets the commit under way end, and begins none after it. Who waits for one gets no answer, which means that he has to
   * ask again: the connections end, too.
   */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#lock.write(() => undefined);
  }

  get #answers(): boolean {
    return this.#open && this.#activity.holds;
  }

  async #untilItAnswers(): Promise<void> {
    await this.#opened;
    while (!this.#answers) {
      await this.#activity.held();
    }
  }

  /** Whoever is sent away is sent away by the state of now: another catalog may have gone on from the one known here. */
  async #certain<T extends { readonly code: number }>(judge: () => Promise<T>): Promise<T> {
    for (;;) {
      const outcome = await judge();
      if (outcome.code === code.ok || outcome.code === code.unavailable || this.#activity.holds) {
        return outcome;
      }
      await this.#untilItAnswers();
    }
  }

  async #commit<T>(section: () => Promise<T>, unavailable: (text: string) => T): Promise<T> {
    await this.#opened;
    const commit = async (): Promise<{ readonly outcome: T } | undefined> =>
      this.#closed ? undefined : { outcome: await section() };
    try {
      const done = await this.#lock.write(commit);
      return done ? done.outcome : await new Promise<never>(() => undefined);
    } catch (error) {
      if (error instanceof DiskFullError) {
        return unavailable(message.diskFull);
      }
      if (error instanceof LockQueueFullError) {
        return unavailable(message.queueFull);
      }
      throw error;
    }
  }

  async #tradeLocked(batch: TradeBatch): Promise<BatchOutcome> {
    const { ledger, journal } = this.#parts;
    failpoint('catalog.trade.received');
    const { term, leaderId } = ledger.leadership;
    const fromLeader = batch.term !== 0;
    if (fromLeader && (batch.term !== term || batch.leaderId !== leaderId)) {
      return this.#refuse(code.conflict, `term ${term} of replica ${leaderId} is current`);
    }
    const hasNew = batch.orders.some((order) => !ledger.hasDecided(order.orderId));
    if (fromLeader && hasNew && batch.firstNumber !== ledger.end.number + 1) {
      return this.#refuse(code.gap, `the next transaction number is ${ledger.end.number + 1}`);
    }
    const proposal = ledger.decide(batch.orders, term);
    if (proposal.trades.length + proposal.refusals.length > 0) {
      failpoint('catalog.trade.decided');
      await this.#record(journal.appendBatch(proposal, term));
      failpoint('catalog.trade.durable');
      ledger.apply(proposal);
    }
    await this.#visible.publish(proposal.touched);
    failpoint('catalog.trade.visible');
    return { ...this.state, code: code.ok, message: '', decisions: proposal.decisions };
  }

  async #beginTermLocked(replicaId: ReplicaId, observed: Term, logEnd: LogEnd): Promise<TermOutcome> {
    const { ledger, journal, alarm } = this.#parts;
    const { term } = ledger.leadership;
    if (observed < term || observed > term + maxTermGap) {
      return this.#refuse(code.conflict, `term ${term} is current, not ${observed}`);
    }
    if (logEnd.number !== 0 && ledger.trade(logEnd.number)?.checksum !== logEnd.checksum) {
      const text = `the log of replica ${replicaId} (up to ${logEnd.number}) is not a prefix of the journal (up to ${ledger.end.number})`;
      // Otherwise it may be this catalog that is behind: the claim is judged again when that is sure.
      if (this.#activity.holds) {
        alarm(text);
      }
      return this.#refuse(code.gap, text);
    }
    const leadership = { term: observed + 1, leaderId: replicaId };
    failpoint('catalog.term.claimed');
    await this.#record(journal.appendTerm(leadership));
    failpoint('catalog.term.durable');
    ledger.beginTerm(leadership);
    // Only now: what was recorded shows that it is the ledger that lacks terms, and not a catalog of the past that judged.
    if (observed > term) {
      alarm(`replica ${replicaId} has seen term ${observed}, the journal knows only ${term}`);
    }
    return { ...this.state, code: code.ok, message: '' };
  }

  /** Remembers whether there was room. */
  async #record(recorded: Promise<void>): Promise<void> {
    try {
      await recorded;
      this.#refused = false;
    } catch (error) {
      this.#refused ||= error instanceof DiskFullError;
      throw error;
    }
  }

  #refuse<Code extends number>(
    refusal: Code,
    text: string,
  ): LedgerState & { code: Code; message: string; decisions: [] } {
    return { ...this.state, code: refusal, message: text, decisions: [] };
  }
}
