// The words that all services share. Wire messages are turned into these at the edge (`*-service.ts`, `*-client.ts`).

/** A plain number whose meaning the compiler keeps apart: a Term is not accepted where a ReplicaId is meant. */
type Flavoured<Meaning extends string> = number & { readonly meaning?: Meaning };

/** Position of a trade in the one global order: 1, 2, 3 … without a gap. 0 stands for "none yet". */
export type TransactionNumber = Flavoured<'transaction number'>;
/** Period of office of one leader, counted up by the ledger. 0 stands for "none known". */
export type Term = Flavoured<'term'>;
/** An order replica, 1 to 3. 0 stands for "none known". */
export type ReplicaId = Flavoured<'replica id'>;
/** CRC-32 chained over all trades up to and including one: equal numbers with equal checksums mean equal logs. */
export type Checksum = Flavoured<'checksum'>;

export type TradeType = 'buy' | 'sell';

/** What a client asks for. `type` is any text until the ledger has judged it. */
export interface Order {
  /** Idempotency key: executed at most once, however often it is sent. */
  readonly orderId: string;
  readonly name: string;
  readonly type: string;
  /** Number of shares. */
  readonly quantity: number;
}

/** An executed order, as it stands in the journal and in every replica's log. */
export interface Trade extends Order {
  readonly number: TransactionNumber;
  readonly type: TradeType;
  /** The term in which the ledger decided it. */
  readonly term: Term;
  readonly checksum: Checksum;
}

/** The end of a log; what two replicas compare. */
export interface LogEnd {
  readonly number: TransactionNumber;
  readonly checksum: Checksum;
}

/** Who leads, and since which term. */
export interface Leadership {
  readonly term: Term;
  readonly leaderId: ReplicaId;
}

export const emptyLogEnd: LogEnd = { number: 0, checksum: 0 };

/** Largest number of shares in one order and in one stock: the wire format's int32. */
export const maxShares = 2_147_483_647;

/** Most orders that travel, and are decided, as one batch. */
export const maxBatchOrders = 256;

/** Grammar of an idempotency key. No comma, quote or line break: it stands in the logs as it is. */
export const orderIdPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** Grammar of a stock name in a catalog file, for the same reason. */
export const stockNamePattern = /^[A-Za-z0-9][A-Za-z0-9 ._&-]{0,63}$/;

/**
 * How far ahead of what is known a term may be and still be believed without asking the ledger, as after an old disk
 * was restored there. So a forged term cannot use the terms up.
 */
export const maxTermGap = 1_000;

export function isTradeType(type: string): type is TradeType {
  return type === 'buy' || type === 'sell';
}

/** Whether two orders ask for the same thing. */
export function sameBody(a: Omit<Order, 'orderId'>, b: Omit<Order, 'orderId'>): boolean {
  return a.name === b.name && a.type === b.type && a.quantity === b.quantity;
}
