// One order replica: follower, candidate or leader (rules O6, O7 and F1 to F4 of docs/protocol.md). It starts as a
// follower whatever its id, and leads only when a frontend names it and the ledger grants it a new term.
import { code, message } from '../shared/answer-codes.js';
import { DiskFullError } from '../shared/append-file.js';
import type { Clock } from '../shared/clock.js';
import { coalesce } from '../shared/coalesce.js';
import type { Leadership, Order, ReplicaId, Term, Trade, TransactionNumber } from '../shared/domain.js';
import type { Logger } from '../shared/logger.js';
import { repeatEvery } from '../shared/repeat-every.js';
import { catchUp, type TradeSource } from './catch-up.js';
import { FollowerLink, type FollowerPort, type LinkTiming, type ReplicateOutcome } from './follower-link.js';
import type { LedgerPort, TermOutcome } from './ledger-port.js';
import { LogConflictError, type OrderLog } from './order-log.js';
import { Replication } from './replication.js';
import { Sequencer, type OrderAnswer, type SequencerLimits } from './sequencer.js';

export type Role = 'leader' | 'candidate' | 'follower';

/** Another replica, as a follower and as a source of trades. */
export type PeerPort = FollowerPort & TradeSource;

export interface ReplicaTiming extends LinkTiming {
  /** A follower without news for longer asks for what it misses, ms. */
  readonly newsPatienceMs: number;
  /** How often the ledger is asked for its state, ms. */
  readonly ledgerWatchIntervalMs: number;
}

export interface ReplicaParts {
  readonly id: ReplicaId;
  readonly log: OrderLog;
  readonly ledger: LedgerPort;
  readonly peers: readonly PeerPort[];
  readonly clock: Clock;
  readonly timing: ReplicaTiming;
  readonly limits: SequencerLimits;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Called when this log and another one hold different histories: the process must stop. */
  readonly fatal: (error: Error) => void;
}

export interface ReplicaStatus extends Leadership {
  readonly id: ReplicaId;
  readonly role: Role;
  readonly lastNumber: TransactionNumber;
  readonly checksum: number;
  /** Whether it could lead: the ledger answers and the disk takes writes. */
  readonly ready: boolean;
  readonly inSyncIds: readonly ReplicaId[];
}

export interface NoticeOutcome extends Leadership {
  /** 200 the named replica leads as far as this one knows, 409 somebody else does, 503 cannot lead now. */
  readonly code: number;
}

export type QueryAnswer =
  | { readonly code: typeof code.ok; readonly trade: Trade }
  | { readonly code: typeof code.notFound | typeof code.unavailable; readonly message: string };

interface Office {
  readonly sequencer: Sequencer;
  readonly replication: Replication;
}

export class Replica {
  readonly #parts: ReplicaParts;
  readonly #stop = new AbortController();
  readonly #ledgerState = coalesce(() => this.#askLedger());
  #role: Role = 'follower';
  #leadership: Leadership = { term: 0, leaderId: 0 };
  #office: Office | undefined;
  #campaign: Promise<NoticeOutcome> | undefined;
  #lastNewsMs = -Infinity;
  #ledgerAnswers = false;
  #diskAnswers = true;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
  }

  /** Starts to keep up with the leader and the ledger. */
  start(): void {
    const { clock, timing } = this.#parts;
    const { signal } = this.#stop;
    void repeatEvery(timing.newsPatienceMs, () => this.#keepUp(), clock, signal);
    void repeatEvery(
      timing.ledgerWatchIntervalMs,
      () =>
        this.#ledgerState().then(
          () => undefined,
          () => undefined,
        ),
      clock,
      signal,
    );
  }

  stop(): void {
    this.#stop.abort();
    this.#leaveOffice('the replica is stopping');
  }

  /** Who leads, as far as this replica knows. */
  get leadership(): Leadership {
    return this.#leadership;
  }

  get status(): ReplicaStatus {
    const { id, log } = this.#parts;
    const { number: lastNumber, checksum } = log.durableEnd;
    return {
      ...this.#leadership,
      id,
      role: this.#role,
      lastNumber,
      checksum,
      ready: this.#ledgerAnswers && this.#diskAnswers,
      inSyncIds: this.#office?.replication.inSyncIds ?? [],
    };
  }

  /** Executes an order, if this replica leads. Never rejects. */
  submit(order: Order): Promise<OrderAnswer> {
    if (!this.#office) {
      const { leaderId } = this.#leadership;
      const hint = leaderId === 0 ? 'no leader is known' : `replica ${leaderId} leads`;
      return Promise.resolve({ code: code.notLeader, message: `not the leader: ${hint}`, number: 0 });
    }
    return this.#office.sequencer.submit(order);
  }

  /**
   * Finds an executed order. What this log holds is final; what it does not hold does not exist only if the ledger
   * says so after the question arrived.
   */
  query(number: TransactionNumber): QueryAnswer | Promise<QueryAnswer> {
    const trade = this.#parts.log.get(number);
    return trade ? { code: code.ok, trade } : this.#queryLedger(number);
  }

  /** Takes over trades from the leader of a term. */
  async replicate(leadership: Leadership, trades: readonly Trade[]): Promise<ReplicateOutcome> {
    if (leadership.term < this.#leadership.term) {
      return this.#replicateOutcome(code.conflict);
    }
    this.#observe(leadership);
    this.#lastNewsMs = this.#parts.clock.now();
    const first = trades[0];
    if (first && first.number > this.#parts.log.end.number + 1) {
      return this.#replicateOutcome(code.gap);
    }
    const stored = await this.#store(trades);
    return this.#replicateOutcome(stored ? code.ok : code.unavailable);
  }

  /**
   * Learns who leads; takes office if it is this replica.
   * @param term the highest term that the sender knows; 0: none, the ledger is asked
   */
  async notice(leaderId: ReplicaId, term: Term): Promise<NoticeOutcome> {
    const { id } = this.#parts;
    if (leaderId !== id) {
      const known = leaderId === this.#leadership.leaderId || term >= this.#leadership.term;
      return { ...this.#leadership, code: known ? code.ok : code.conflict };
    }
    if (this.#role === 'leader' && this.#leadership.term >= term) {
      return { ...this.#leadership, code: code.ok };
    }
    this.#campaign ??= this.#takeOffice(term).finally(() => {
      this.#campaign = undefined;
    });
    return this.#campaign;
  }

  /** Whether the ledger executed this order under this number; fetches it first if need be. */
  async confirms(number: TransactionNumber, order: Omit<Order, 'orderId'>): Promise<number> {
    const answer = await this.query(number);
    if (answer.code === code.unavailable) {
      return code.unavailable;
    }
    const same =
      answer.code === code.ok &&
      answer.trade.name === order.name &&
      answer.trade.type === order.type &&
      answer.trade.quantity === order.quantity;
    return same ? code.ok : code.conflict;
  }

  async #queryLedger(number: TransactionNumber): Promise<QueryAnswer> {
    const { ledger } = this.#parts;
    try {
      const { lastNumber } = await this.#ledgerState();
      if (number > lastNumber) {
        return { code: code.notFound, message: message.orderNotFound };
      }
      const [trade] = (await ledger.readJournal(number - 1, 1)).trades;
      return trade ? { code: code.ok, trade } : { code: code.notFound, message: message.orderNotFound };
    } catch {
      return { code: code.unavailable, message: message.catalogDown };
    }
  }

  async #askLedger(): Promise<{ lastNumber: TransactionNumber }> {
    try {
      const state = await this.#parts.ledger.readJournal(0, 0);
      this.#ledgerAnswers = true;
      this.#observe(state);
      return state;
    } catch (error) {
      this.#ledgerAnswers = false;
      throw error;
    }
  }

  /** A higher term than ours ends whatever we thought of ourselves. */
  #observe({ term, leaderId }: Leadership): void {
    if (term > this.#leadership.term) {
      this.#leadership = { term, leaderId };
      this.#leaveOffice(`replica ${leaderId} leads in term ${term}`);
    }
  }

  #leaveOffice(reason: string): void {
    const office = this.#office;
    this.#office = undefined;
    this.#role = 'follower';
    if (office) {
      this.#parts.logger.warn(`no longer the leader: ${reason}`);
      office.sequencer.stop(reason);
      office.replication.stop();
    }
  }

  #replicateOutcome(outcome: number): ReplicateOutcome {
    return { code: outcome, term: this.#leadership.term, lastNumber: this.#parts.log.durableEnd.number };
  }

  /** False if the disk does not take it; a different history stops the process. */
  async #store(trades: readonly Trade[]): Promise<boolean> {
    try {
      await this.#parts.log.append(trades);
      this.#diskAnswers = true;
      return true;
    } catch (error) {
      this.#storeFailed(error);
      return false;
    }
  }

  /** Any other failure is a source that did not answer, or a gap: it passes. */
  #storeFailed(error: unknown): void {
    if (error instanceof LogConflictError) {
      this.#parts.fatal(error);
    } else if (error instanceof DiskFullError) {
      this.#diskAnswers = false;
      this.#parts.logger.warn('the disk is full: orders are not stored here until there is room');
    }
  }

  /** Without news from a leader, asks the leader, then the ledger, then the other replicas. */
  async #keepUp(): Promise<void> {
    const { clock, timing, log } = this.#parts;
    if (this.#role !== 'follower' || clock.now() - this.#lastNewsMs < timing.newsPatienceMs) {
      return;
    }
    for (const source of this.#sources()) {
      try {
        await catchUp(log, source);
        return;
      } catch (error) {
        this.#storeFailed(error);
      }
    }
  }

  #sources(): TradeSource[] {
    const { peers } = this.#parts;
    const leaders = peers.filter((peer) => peer.id === this.#leadership.leaderId);
    const others = peers.filter((peer) => peer.id !== this.#leadership.leaderId);
    return [...leaders, this.#ledgerSource, ...others];
  }

  get #ledgerSource(): TradeSource {
    const { ledger } = this.#parts;
    return { tradesAfter: async (number, limit) => (await ledger.readJournal(number, limit)).trades };
  }

  /** Claims the next term and leads once the log holds everything that the ledger has. */
  async #takeOffice(observed: Term): Promise<NoticeOutcome> {
    const { id, log, ledger, logger } = this.#parts;
    this.#leaveOffice('a new term was asked for');
    this.#role = 'candidate';
    try {
      // Before the claim, so that nobody waits for a leader that was down for hours.
      await catchUp(log, this.#ledgerSource);
      const term = observed || (await ledger.readJournal(0, 0)).term;
      const outcome = await ledger.beginTerm(id, term, log.durableEnd);
      if (outcome.code !== code.ok) {
        return this.#claimRefused(outcome);
      }
      await catchUp(log, this.#ledgerSource);
      return this.#lead(outcome);
    } catch (error) {
      if (error instanceof LogConflictError) {
        this.#parts.fatal(error);
      }
      logger.warn(`cannot lead now: ${String(error)}`);
      return { ...this.#leadership, code: code.unavailable };
    } finally {
      if (!this.#office) {
        this.#role = 'follower';
      }
    }
  }

  #claimRefused(outcome: TermOutcome): NoticeOutcome {
    this.#parts.logger.warn(`the ledger refused the claim to lead: ${outcome.message}`);
    this.#observe(outcome);
    return { ...this.#leadership, code: outcome.code === code.conflict ? code.conflict : code.unavailable };
  }

  #lead({ term }: TermOutcome): NoticeOutcome {
    const { id, log, ledger, clock, limits, logger } = this.#parts;
    if (this.#leadership.term > term) {
      return { ...this.#leadership, code: code.conflict };
    }
    const leadership = { term, leaderId: id };
    const replication = new Replication(log);
    const onLost = (reason: string) => {
      if (this.#office?.replication === replication) {
        this.#leaveOffice(reason);
      }
    };
    const sequencer = new Sequencer({ leadership, log, ledger, replication, clock, limits, onLost });
    replication.start(this.#links(leadership, replication));
    this.#leadership = leadership;
    this.#role = 'leader';
    this.#office = { sequencer, replication };
    logger.info(`leading in term ${term} from transaction ${log.end.number + 1} on`);
    return { ...leadership, code: code.ok };
  }

  #links(leadership: Leadership, replication: Replication): FollowerLink[] {
    const { log, peers, timing, clock } = this.#parts;
    const onProgress = () => replication.progress();
    const onHigherTerm = (term: Term) => this.#observe({ term, leaderId: 0 });
    return peers.map(
      (peer) => new FollowerLink(peer, leadership, log, timing, clock, { onProgress, onHigherTerm }),
    );
  }
}
