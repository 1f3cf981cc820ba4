// The rules of trading, without any I/O: which orders are executed, under which numbers, and what they leave behind.
// A batch is first decided against the state as it stands (`decide`), then its records are made durable by the
// caller, and only then does it take effect (`apply`). Between the two the ledger must not change: the caller holds
// the commit lock.
import { code, message } from '../shared/answer-codes.js';
import { isTradeType, maxShares, sameBody } from '../shared/domain.js';
import type { LogEnd, Leadership, Order, Term, Trade, TransactionNumber } from '../shared/domain.js';
import { chainTrade } from '../shared/trade-line.js';
import { TradeList } from '../shared/trade-list.js';
import { OrderIdIndex } from './order-id-index.js';

/** The state of a stock. Never changed in place: each trade makes a new one. */
export interface Stock {
  readonly name: string;
  /** Decimal number, exactly as in catalog.csv. */
  readonly price: string;
  /** Shares left to buy. */
  readonly quantity: number;
  /** Shares traded since the start. */
  readonly volume: number;
  /** Number of the last trade that touched it; 0 if none did. */
  readonly version: TransactionNumber;
}

/** An order that was refused because of the stock's state: remembered, so that no late duplicate is executed. */
export interface Refusal extends Order {
  readonly reason: string;
}

/** What the ledger says to an order. */
export type Decision =
  | { readonly code: typeof code.ok; readonly number: TransactionNumber; readonly term: Term }
  | { readonly code: typeof code.notFound | typeof code.keyReused; readonly message: string };

/** What a batch will do once its records are durable. */
export interface Proposal {
  /** One per order of the batch, in its order. */
  readonly decisions: readonly Decision[];
  readonly trades: readonly Trade[];
  readonly refusals: readonly Refusal[];
  /** The new state of every stock that a trade of the batch touches. */
  readonly touched: ReadonlyMap<string, Stock>;
}

/** A record that makes no sense after the ones before it. */
export class LedgerError extends Error {}

/** Refusals are remembered for this many later ones. */
export const maxRefusals = 100_000;

/** The state that the next order of a batch is judged by: the ledger's, under what the batch has changed so far. */
class Draft {
  readonly trades: Trade[] = [];
  readonly refusals: Refusal[] = [];
  readonly touched = new Map<string, Stock>();
  readonly decided = new Map<string, Trade | Refusal>();
}

export class Ledger {
  readonly #stocks: Map<string, Stock>;
  readonly #trades = new TradeList();
  readonly #numbers: OrderIdIndex;
  readonly #refusals = new Map<string, Refusal>();
  #leadership: Leadership = { term: 0, leaderId: 0 };
  #records = 0;

  /** @param hashSeed any 32-bit number that clients cannot guess */
  constructor(stocks: Iterable<Stock>, hashSeed = 0) {
    this.#numbers = new OrderIdIndex((number) => this.#trades.get(number)?.orderId, hashSeed);
    this.#stocks = new Map([...stocks].map((stock) => [stock.name, stock]));
  }

  get stocks(): ReadonlyMap<string, Stock> {
    return this.#stocks;
  }

  get leadership(): Leadership {
    return this.#leadership;
  }

  get end(): LogEnd {
    return this.#trades.end;
  }

  /** How many records made it what it is: trades, refusals (those that are forgotten, too) and terms. */
  get records(): number {
    return this.#records;
  }

  /** The trade with this number, if it exists. */
  trade(number: TransactionNumber): Trade | undefined {
    return this.#trades.get(number);
  }

  /** At most `limit` trades that follow `number`. */
  tradesAfter(number: TransactionNumber, limit: number): readonly Trade[] {
    return this.#trades.after(number, limit);
  }

  /** Whether an order with this key has been executed or refused before. */
  hasDecided(orderId: string): boolean {
    return this.#numbers.find(orderId) !== undefined || this.#refusals.has(orderId);
  }

  /** Judges a batch, in its order, without changing anything. */
  decide(orders: readonly Order[], term: Term): Proposal {
    const draft = new Draft();
    const decisions = orders.map((order) => this.#decideOne(order, term, draft));
    return { decisions, trades: draft.trades, refusals: draft.refusals, touched: draft.touched };
  }

  /** Takes over what `decide` proposed, after its records have become durable. */
  apply(proposal: Pick<Proposal, 'trades' | 'refusals' | 'touched'>): void {
    this.#records += proposal.trades.length;
    for (const trade of proposal.trades) {
      this.#trades.push(trade);
      this.#numbers.add(trade.orderId, trade.number);
    }
    for (const refusal of proposal.refusals) {
      this.#remember(refusal);
    }
    for (const stock of proposal.touched.values()) {
      this.#stocks.set(stock.name, stock);
    }
  }

  /** Takes over a term that has been granted. */
  beginTerm(leadership: Leadership): void {
    this.#records += 1;
    this.#leadership = leadership;
  }

  /**
   * Takes over a trade from the journal. Stock state that is newer than the trade (from the snapshot) stays.
   * @throws LedgerError the trade is not the next one, or cannot have happened
   */
  replayTrade(trade: Omit<Trade, 'checksum'>): void {
    const stock = this.#stocks.get(trade.name);
    if (trade.number !== this.end.number + 1) {
      throw new LedgerError(`has transaction number ${trade.number} where ${this.end.number + 1} should be`);
    }
    if (!stock) {
      throw new LedgerError(`trades "${trade.name}", which catalog.csv does not list`);
    }
    if (this.hasDecided(trade.orderId)) {
      throw new LedgerError(`repeats the order id ${trade.orderId}`);
    }
    const touched = new Map<string, Stock>();
    if (trade.number > stock.version) {
      const next = traded(stock, trade);
      if (next.quantity < 0) {
        throw new LedgerError(`buys more of "${trade.name}" than there is`);
      }
      touched.set(trade.name, next);
    }
    this.apply({ trades: [chainTrade(trade, this.end.checksum)], refusals: [], touched });
  }

  /** Takes over a refusal from the journal. */
  replayRefusal(refusal: Refusal): void {
    this.#remember(refusal);
  }

  #remember(refusal: Refusal): void {
    this.#records += 1;
    this.#refusals.set(refusal.orderId, refusal);
    if (this.#refusals.size > maxRefusals) {
      const [oldest] = this.#refusals.keys();
      this.#refusals.delete(oldest as string);
    }
  }

  #decideOne(order: Order, term: Term, draft: Draft): Decision {
    const earlier = draft.decided.get(order.orderId) ?? this.#earlier(order.orderId);
    if (earlier) {
      return repeat(earlier, order);
    }
    const { name, type, quantity } = order;
    if (!isTradeType(type)) {
      return { code: code.notFound, message: message.invalidType };
    }
    const stock = draft.touched.get(name) ?? this.#stocks.get(name);
    if (!stock) {
      return { code: code.notFound, message: message.invalidName };
    }
    if (quantity < 0) {
      return { code: code.notFound, message: message.negativeQuantity };
    }
    const reason = refusalReason(stock, type, quantity);
    if (reason) {
      const refusal: Refusal = { ...order, reason };
      draft.refusals.push(refusal);
      draft.decided.set(order.orderId, refusal);
      return { code: code.notFound, message: reason };
    }
    const end = draft.trades.at(-1) ?? this.end;
    const next = { orderId: order.orderId, name, type, quantity, number: end.number + 1, term };
    const trade = chainTrade(next, end.checksum);
    draft.trades.push(trade);
    draft.decided.set(order.orderId, trade);
    draft.touched.set(name, traded(stock, trade));
    return { code: code.ok, number: trade.number, term };
  }

  #earlier(orderId: string): Trade | Refusal | undefined {
    const number = this.#numbers.find(orderId);
    return number === undefined ? this.#refusals.get(orderId) : this.trade(number);
  }
}

/** The answer to an order whose key is known: the recorded one, if it asks for the same thing. */
function repeat(earlier: Trade | Refusal, order: Order): Decision {
  if (!sameBody(earlier, order)) {
    return { code: code.keyReused, message: message.keyReused };
  }
  return 'number' in earlier
    ? { code: code.ok, number: earlier.number, term: earlier.term }
    : { code: code.notFound, message: earlier.reason };
}

function refusalReason(stock: Stock, type: 'buy' | 'sell', quantity: number): string | undefined {
  if (type === 'buy') {
    return quantity > stock.quantity ? message.notEnough : undefined;
  }
  return stock.quantity + quantity > maxShares ? message.tooMany : undefined;
}

function traded(stock: Stock, trade: Pick<Trade, 'type' | 'quantity' | 'number'>): Stock {
  const change = trade.type === 'buy' ? -trade.quantity : trade.quantity;
  return {
    ...stock,
    quantity: stock.quantity + change,
    volume: stock.volume + trade.quantity,
    version: trade.number,
  };
}
