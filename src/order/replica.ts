// One order replica: follower, candidate or leader (rules O7 and F1 to F4 of docs/protocol.md). It starts as a
// follower whatever its id, and leads only when a frontend names it and the ledger grants it a new term.
import { code } from '../shared/answer-codes.js';
import type { Clock } from '../shared/clock.js';
import { maxTermGap } from '../shared/domain.js';
import type { Checksum, Leadership, Order, ReplicaId, Term, TransactionNumber } from '../shared/domain.js';
import { failpoint } from '../shared/failpoint.js';
import type { Logger } from '../shared/logger.js';
import { repeatEvery } from '../shared/repeat-every.js';
import type { FollowerPort, LinkTiming, ReplicateOutcome } from './follower-link.js';
import type { LedgerPort, TermOutcome } from './ledger-port.js';
import { LedgerWatch } from './ledger-watch.js';
import { LogKeeper, type KeeperParts, type PeerSource } from './log-keeper.js';
import { Office, type OfficeLoad } from './office.js';
import { LogGapError } from './order-log.js';
import { OrderQuery, type QueryAnswer } from './order-query.js';
import type { OrderAnswer, SequencerLimits } from './sequencer.js';

export type Role = 'leader' | 'candidate' | 'follower';

/** Another replica, as a follower and as a source of trades. */
export type PeerPort = FollowerPort & PeerSource;

interface ReplicaTiming extends LinkTiming {
  /** A follower without news for longer asks for what it misses, ms. */
  readonly newsPatienceMs: number;
  /** How often the ledger is asked for its state, and how long it may take until it counts as silent, ms. */
  readonly ledgerWatchIntervalMs: number;
}

export interface ReplicaParts extends KeeperParts {
  readonly id: ReplicaId;
  readonly ledger: LedgerPort;
  readonly peers: readonly PeerPort[];
  readonly clock: Clock;
  readonly timing: ReplicaTiming;
  readonly limits: SequencerLimits;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export interface ReplicaStatus extends Leadership {
  readonly id: ReplicaId;
  readonly role: Role;
  /** The last number that is on this replica's disk, and the checksum of the log up to it. */
  readonly lastNumber: TransactionNumber;
  readonly checksum: Checksum;
  /** Whether it could lead: the ledger executes trades and the disk takes writes. */
  readonly ready: boolean;
  /** Why not; empty if it could. */
  readonly unreadyReason: string;
  readonly inSyncIds: readonly ReplicaId[];
}

export interface NoticeOutcome extends Leadership {
  /** 200 the named replica leads as far as this one knows, 409 somebody else does, 503 cannot lead now. */
  readonly code: number;
}

export class Replica {
  readonly #parts: ReplicaParts;
  readonly #watch: LedgerWatch;
  readonly #query: OrderQuery;
  readonly #keeper: LogKeeper;
  readonly #stop = new AbortController();
  #candidate = false;
  #leadership: Leadership = { term: 0, leaderId: 0 };
  /** The highest term that the ledger itself has told: how far ahead others may be is measured from there. */
  #ledgerTerm: Term = 0;
  #office: Office | undefined;
  #campaign: Promise<NoticeOutcome> | undefined;
  #lastNewsMs = -Infinity;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
    const { ledger, clock, timing } = parts;
    this.#watch = new LedgerWatch(ledger, clock, timing.ledgerWatchIntervalMs, (state) => this.#hear(state));
    this.#query = new OrderQuery(parts.log, parts.ledger, this.#watch);
    this.#keeper = new LogKeeper(parts);
  }

  /** Starts to keep up with the leader and the ledger. */
  start(): void {
    const { clock, timing } = this.#parts;
    const { signal } = this.#stop;
    void repeatEvery(timing.newsPatienceMs, () => this.#keepUp(), clock, signal);
    void repeatEvery(timing.ledgerWatchIntervalMs, () => this.#watchLedger(), clock, signal);
  }

  /** Whoever waits here is sent elsewhere at once. */
  stop(): void {
    this.#stop.abort();
    this.#leaveOffice('the replica is stopping');
  }

  /**
   * Stops in order: it says that it does not lead, so that another one is elected, sends new orders there, and finishes
   * those that are under way.
   * @param patienceMs how long those may take; the others are sent elsewhere, too, where they are not executed twice
   */
  async retire(patienceMs: number): Promise<void> {
    this.#stop.abort();
    await this.#office?.finish(patienceMs);
    this.#leaveOffice('the replica is stopping');
  }

  get role(): Role {
    const leads = this.#office !== undefined && !this.#stop.signal.aborted;
    return leads ? 'leader' : this.#candidate ? 'candidate' : 'follower';
  }

  /** Who leads, as far as this replica knows. */
  get leadership(): Leadership {
    return this.#leadership;
  }

  get status(): ReplicaStatus {
    const { id, log } = this.#parts;
    const { number: lastNumber, checksum } = log.durableEnd;
    const { unreadyReason } = this;
    const ready = unreadyReason === '';
    const inSyncIds = this.#office?.inSyncIds ?? [];
    return {
      ...this.#leadership,
      id,
      role: this.role,
      lastNumber,
      checksum,
      ready,
      unreadyReason,
      inSyncIds,
    };
  }

  /** Why it could not lead; empty if it could. */
  get unreadyReason(): string {
    const { id, log } = this.#parts;
    if (this.#stop.signal.aborted) {
      return `order replica ${id} is stopping`;
    }
    if (!log.writable) {
      return `the disk of order replica ${id} is full`;
    }
    const reasons = {
      answers: '',
      silent: `order replica ${id} does not reach the catalog`,
      full: 'the disk of the catalog is full',
    };
    return reasons[this.#watch.health];
  }

  /** What it has to do as a leader; nothing if it is none. */
  get load(): OfficeLoad {
    return this.#office?.load ?? { orders: 0, waiting: 0, batches: 0 };
  }

  /** Executes an order, if this replica leads. Never rejects. */
  submit(order: Order): Promise<OrderAnswer> {
    if (this.#office) {
      return this.#office.submit(order);
    }
    const { leaderId } = this.#leadership;
    const hint = leaderId === 0 ? 'no leader is known' : `replica ${leaderId} leads`;
    return Promise.resolve({ code: code.notLeader, message: `not the leader: ${hint}`, number: 0 });
  }

  /** See OrderQuery.find. */
  query(number: TransactionNumber): QueryAnswer | Promise<QueryAnswer> {
    return this.#query.find(number);
  }

  /** See OrderQuery.confirms. */
  confirms(number: TransactionNumber, order: Omit<Order, 'orderId'>): Promise<number> {
    return this.#query.confirms(number, order);
  }

  /** Takes over trades, as lines of its log, from the leader of a term. */
  async replicate(leadership: Leadership, lines: Buffer): Promise<ReplicateOutcome> {
    const { clock, log } = this.#parts;
    if (!this.#isPlausible(leadership.term)) {
      await this.#watchLedger();
    }
    if (leadership.term < this.#leadership.term) {
      return this.#replicateOutcome(code.conflict);
    }
    if (!this.#isPlausible(leadership.term)) {
      return this.#replicateOutcome(code.unavailable);
    }
    this.#observe(leadership);
    this.#lastNewsMs = clock.now();
    try {
      failpoint('order.follower.received');
      await log.appendLines(lines);
      failpoint('order.follower.durable');
      return this.#replicateOutcome(code.ok);
    } catch (error) {
      if (error instanceof LogGapError) {
        return this.#replicateOutcome(code.gap);
      }
      await this.#keeper.notTaken(error);
      return this.#replicateOutcome(code.unavailable);
    }
  }

  /**
   * Learns who leads; takes office if it is this replica.
   * @param term the highest term that the sender knows; 0: none, the ledger is asked
   */
  async notice(leaderId: ReplicaId, term: Term): Promise<NoticeOutcome> {
    if (leaderId !== this.#parts.id) {
      const plausible = leaderId === this.#leadership.leaderId || term >= this.#leadership.term;
      return { ...this.#leadership, code: plausible ? code.ok : code.conflict };
    }
    if (this.#stop.signal.aborted) {
      return { ...this.#leadership, code: code.unavailable };
    }
    if (this.#office && this.#leadership.term >= term) {
      return { ...this.#leadership, code: code.ok };
    }
    this.#campaign ??= this.#takeOffice(term).finally(() => {
      this.#campaign = undefined;
    });
    return this.#campaign;
  }

  async #watchLedger(): Promise<void> {
    // A silent ledger is remembered by the watch.
    const state = await this.#watch.state().catch(() => undefined);
    if (state && state.lastNumber > this.#parts.log.end.number) {
      await this.#office?.catchUp();
    }
  }

  /** Whether the ledger, as far as it has been heard, would grant the term after this one. */
  #isPlausible(term: Term): boolean {
    return term <= this.#ledgerTerm + maxTermGap;
  }

  /** What the ledger itself says. */
  #hear(leadership: Leadership): void {
    this.#ledgerTerm = Math.max(this.#ledgerTerm, leadership.term);
    this.#observe(leadership);
  }

  /** A higher term than ours ends whatever we thought of ourselves. */
  #observe({ term, leaderId }: Leadership): void {
    const known = this.#leadership;
    if (term > known.term) {
      this.#leadership = { term, leaderId };
      this.#leaveOffice(`replica ${leaderId} leads in term ${term}`);
    } else if (term === known.term && known.leaderId === 0) {
      this.#leadership = { term, leaderId };
    }
  }

  #leaveOffice(reason: string): void {
    const office = this.#office;
    this.#office = undefined;
    if (office) {
      const { id: replica, logger } = this.#parts;
      logger.warn({ replica, term: office.term }, `no longer the leader: ${reason}`);
      office.close(reason);
      failpoint('order.office.left');
    }
  }

  #replicateOutcome(outcome: number): ReplicateOutcome {
    return { code: outcome, term: this.#leadership.term, lastNumber: this.#parts.log.durableEnd.number };
  }

  async #keepUp(): Promise<void> {
    const { clock, timing } = this.#parts;
    if (this.role !== 'follower' || clock.now() - this.#lastNewsMs < timing.newsPatienceMs) {
      return;
    }
    await this.#keeper.keepUp(this.#leadership.leaderId);
  }

  /** Claims the next term and leads once the log holds everything that the ledger has. */
  async #takeOffice(observed: Term): Promise<NoticeOutcome> {
    const { id, log, ledger, logger } = this.#parts;
    this.#leaveOffice('a new term was asked for');
    this.#candidate = true;
    failpoint('order.campaign.started');
    try {
      // Before the claim, so that nobody waits for a leader that was down for hours.
      await this.#keeper.catchUp();
      failpoint('order.campaign.level');
      if (observed === 0 || !this.#isPlausible(observed)) {
        this.#hear(await ledger.readJournal(0, 0));
      }
      // A term that nobody can have seen is worth no more than none.
      const term = observed > 0 && this.#isPlausible(observed) ? observed : this.#ledgerTerm;
      const outcome = await ledger.beginTerm(id, term, log.durableEnd);
      if (outcome.code !== code.ok) {
        return this.#claimRefused(outcome);
      }
      failpoint('order.campaign.granted');
      await this.#keeper.catchUp();
      failpoint('order.campaign.won');
      return this.#lead(outcome);
    } catch (error) {
      this.#keeper.failed(error);
      logger.warn({ replica: id, term: this.#leadership.term }, `cannot lead now: ${String(error)}`);
      return { ...this.#leadership, code: code.unavailable };
    } finally {
      this.#candidate = false;
    }
  }

  #claimRefused(outcome: TermOutcome): NoticeOutcome {
    const { id: replica, logger } = this.#parts;
    logger.warn({ replica, term: outcome.term }, `the ledger refused the claim to lead: ${outcome.message}`);
    this.#hear(outcome);
    return { ...this.#leadership, code: outcome.code === code.conflict ? code.conflict : code.unavailable };
  }

  #lead({ term }: TermOutcome): NoticeOutcome {
    const { id, log, ledger, peers: followers, clock, timing, limits, logger } = this.#parts;
    if (this.#leadership.term > term || this.#stop.signal.aborted) {
      return { ...this.#leadership, code: code.conflict };
    }
    const leadership = { term, leaderId: id };
    const onLost = (reason: string) => {
      if (this.#office === office) {
        this.#leaveOffice(reason);
      }
    };
    const onStoreFailed = (error: unknown) => {
      this.#keeper.failed(error);
      onLost(`the order log cannot be written: ${String(error)}`);
    };
    const onHigherTerm = (higher: Term) => {
      if (this.#isPlausible(higher)) {
        this.#observe({ term: higher, leaderId: 0 });
      }
    };
    const office: Office = new Office({
      leadership,
      log,
      ledger,
      followers,
      clock,
      timing,
      limits,
      onLost,
      onStoreFailed,
      onHigherTerm,
    });
    this.#leadership = leadership;
    this.#office = office;
    logger.info({ replica: id, term }, `leading in term ${term} from transaction ${log.end.number + 1} on`);
    return { ...leadership, code: code.ok };
  }
}
