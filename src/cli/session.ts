// One session of the client: looks up stocks and trades over one connection, and at its end asks for each of its
// orders again. It knows no HTTP, no clock and no chance but what it is given.
import type { Answer, CacheStatus, Exchange } from './exchange-client.js';
import {
  compareOrder,
  describeLostOrder,
  findNumbersGoingBack,
  type PlacedOrder,
} from './order-comparison.js';
import type { Random } from './seeded-random.js';
import { chooseStock, chooseTrade, type Stock } from './trade-choice.js';

export const requestKinds = ['lookup', 'trade', 'orderQuery'] as const;
export type RequestKind = (typeof requestKinds)[number];

/** What became of one request. */
export interface Sample {
  readonly kind: RequestKind;
  /** `refused`: the exchange gave a definite no that is part of normal business. */
  readonly result: 'done' | 'refused' | 'error';
  /** Why it was refused or failed. */
  readonly message?: string;
  readonly latencyMs: number;
  readonly retries: number;
  readonly cache: CacheStatus | undefined;
}

export interface SessionResult {
  readonly samples: readonly Sample[];
  /** Acknowledged orders, in the order in which they were placed. */
  readonly orders: readonly PlacedOrder[];
  /** How many of them the exchange told the same about at the end. */
  readonly confirmedOrders: number;
  /** One sentence for each order that is not as it was acknowledged. */
  readonly mismatches: readonly string[];
}

export interface SessionPlan {
  readonly stockNames: readonly string[];
  /** How many stocks are looked up. */
  readonly requests: number;
  /** How likely an order is after a lookup of a stock that has shares, 0 to 1. */
  readonly tradeProbability: number;
  readonly random: Random;
  readonly newIdempotencyKey: () => string;
  /** Asked before each lookup; true ends the trading, and the orders are checked. */
  readonly isStopped?: () => boolean;
  /** Called for each order placed: one more order to check. */
  readonly onOrderPlaced?: () => void;
  /** Called after each lookup (with its trade, if any) and after each order checked. */
  readonly onStep?: () => void;
}

/** The only refusal in normal business: the shares that the lookup saw may be sold when the order arrives. */
const soldOut = 'not enough stocks left to buy';

/** An exchange that is gone would cost all retries of every request; a session gives up on it instead. */
const maxFailuresInARow = 3;

export class Session {
  readonly #exchange: Exchange;
  readonly #plan: SessionPlan;
  readonly #samples: Sample[] = [];
  readonly #orders: PlacedOrder[] = [];
  readonly #mismatches: string[] = [];
  #confirmedOrders = 0;
  #failuresInARow = 0;

  constructor(exchange: Exchange, plan: SessionPlan) {
    this.#exchange = exchange;
    this.#plan = plan;
  }

  /** Runs the whole session; failures are part of the result. */
  async run(): Promise<SessionResult> {
    await this.#trade();
    await this.#checkOrders();
    return {
      samples: this.#samples,
      orders: this.#orders,
      confirmedOrders: this.#confirmedOrders,
      mismatches: [...this.#mismatches, ...findNumbersGoingBack(this.#orders)],
    };
  }

  async #trade(): Promise<void> {
    const { requests, stockNames, random, onStep } = this.#plan;
    for (let count = 0; count < requests && !this.#mustStop(); count += 1) {
      const answer = await this.#exchange.lookUp(chooseStock(random, stockNames));
      this.#record('lookup', answer);
      if (answer.outcome === 'done') {
        await this.#maybePlaceOrder(answer.value);
      }
      onStep?.();
    }
  }

  async #maybePlaceOrder(stock: Stock): Promise<void> {
    const order = chooseTrade(this.#plan.random, stock, this.#plan.tradeProbability);
    if (order === undefined) {
      return;
    }
    const answer = await this.#exchange.placeOrder(order, this.#plan.newIdempotencyKey());
    this.#record('trade', answer);
    if (answer.outcome === 'done') {
      this.#orders.push({ ...order, transactionNumber: answer.value });
      this.#plan.onOrderPlaced?.();
    }
  }

  async #checkOrders(): Promise<void> {
    this.#failuresInARow = 0;
    for (const order of this.#orders) {
      if (this.#hasGivenUp()) {
        return;
      }
      this.#checkOrder(order, await this.#exchange.queryOrder(order.transactionNumber));
      this.#plan.onStep?.();
    }
  }

  #checkOrder(order: PlacedOrder, answer: Awaited<ReturnType<Exchange['queryOrder']>>): void {
    this.#record('orderQuery', answer);
    if (answer.outcome === 'refused') {
      this.#mismatches.push(describeLostOrder(order));
    }
    if (answer.outcome === 'done') {
      const differences = compareOrder(order, answer.value);
      this.#mismatches.push(...differences);
      this.#confirmedOrders += differences.length === 0 ? 1 : 0;
    }
  }

  #record(kind: RequestKind, answer: Answer<unknown>): void {
    const { latencyMs, retries, cache } = answer;
    this.#failuresInARow = answer.outcome === 'failed' ? this.#failuresInARow + 1 : 0;
    this.#samples.push({ kind, latencyMs, retries, cache, ...classify(answer) });
  }

  #mustStop(): boolean {
    return this.#hasGivenUp() || this.#plan.isStopped?.() === true;
  }

  #hasGivenUp(): boolean {
    return this.#failuresInARow >= maxFailuresInARow;
  }
}

function classify(answer: Answer<unknown>): Pick<Sample, 'result' | 'message'> {
  if (answer.outcome === 'done') {
    return { result: 'done' };
  }
  if (answer.outcome === 'failed') {
    return { result: 'error', message: answer.reason };
  }
  // The client asks only for stocks and orders that exist: any other refusal means that something is wrong.
  return { result: answer.message === soldOut ? 'refused' : 'error', message: answer.message };
}
