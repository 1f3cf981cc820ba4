// What the order replicas need of the catalog's ledger. Each method throws when no answer came: the outcome is unknown
// then, and asking again is safe.
import type {
  Leadership,
  LogEnd,
  Order,
  ReplicaId,
  Term,
  Trade,
  TransactionNumber,
} from '../shared/domain.js';

export interface LedgerState extends Leadership {
  readonly lastNumber: TransactionNumber;
}

/** What the ledger says to one order. */
export interface Decision {
  readonly code: number;
  readonly message: string;
  /** 0 unless the code is 200. */
  readonly number: TransactionNumber;
  readonly term: Term;
}

export interface BatchOutcome extends LedgerState {
  /** 200 decided, 409 another term is current, 412 the first number is not the next one, 503 nothing was done. */
  readonly code: number;
  readonly message: string;
  /** One per order; empty unless the code is 200. */
  readonly decisions: readonly Decision[];
}

export interface TermOutcome extends LedgerState {
  /** 200 granted, 409 another term is current, 412 the log is not a prefix of the journal, 503 cannot write. */
  readonly code: number;
  readonly message: string;
}

export interface JournalPage extends LedgerState {
  readonly trades: readonly Trade[];
  /** The ledger cannot execute trades now: its disk has no room. */
  readonly diskFull: boolean;
}

export interface LedgerPort {
  trade(
    leadership: Leadership,
    firstNumber: TransactionNumber,
    orders: readonly Order[],
  ): Promise<BatchOutcome>;
  beginTerm(replicaId: ReplicaId, observed: Term, logEnd: LogEnd): Promise<TermOutcome>;
  readJournal(after: TransactionNumber, limit: number): Promise<JournalPage>;
}
