// The rules of trading in their most naive form: what the ledger is compared with. Keys are decided one after another,
// in the order in which they come; whatever is not about deciding once is left out.
import type { Order } from '../../src/shared/domain.js';

/** What a client is told, in short. */
export type Verdict = { readonly code: 200; readonly number: number } | { readonly code: 404 | 422 };

interface Decided {
  readonly order: Order;
  readonly verdict: Verdict;
}

export class TradingModel {
  readonly quantities: Map<string, number>;
  readonly decided = new Map<string, Decided>();
  /** The executed orders; the first has number 1. */
  readonly executed: Order[] = [];
  readonly #maxShares: number;

  constructor(quantities: Iterable<readonly [string, number]>, maxShares: number) {
    this.quantities = new Map(quantities);
    this.#maxShares = maxShares;
  }

  decide(order: Order): Verdict {
    const earlier = this.decided.get(order.orderId);
    if (earlier) {
      const { name, type, quantity } = earlier.order;
      const same = name === order.name && type === order.type && quantity === order.quantity;
      return same ? earlier.verdict : { code: 422 };
    }
    const before = this.quantities.get(order.name);
    if (before === undefined || (order.type !== 'buy' && order.type !== 'sell') || order.quantity < 0) {
      // The text alone says so, every time: nothing to remember.
      return { code: 404 };
    }
    const after = order.type === 'buy' ? before - order.quantity : before + order.quantity;
    const verdict =
      after < 0 || after > this.#maxShares ? ({ code: 404 } as const) : this.#execute(order, after);
    this.decided.set(order.orderId, { order, verdict });
    return verdict;
  }

  #execute(order: Order, after: number): Verdict {
    this.quantities.set(order.name, after);
    this.executed.push(order);
    return { code: 200, number: this.executed.length };
  }
}
