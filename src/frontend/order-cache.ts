import { LRUCache } from 'lru-cache';
import type { TransactionNumber } from '../shared/domain.js';
import type { ExecutedOrder } from './order-gateway.js';

/**
 * Executed orders that somebody has asked for, the least recently used go first. They never change, so nothing has to be invalidated.
 * Not filled when an order is placed: the first question about it shall be answered by a replica.
 */
export class OrderCache {
  readonly #orders: LRUCache<TransactionNumber, ExecutedOrder> | undefined;

  /** @param capacity how many orders are kept; 0: none */
  constructor(capacity: number) {
    this.#orders = capacity > 0 ? new LRUCache({ max: capacity }) : undefined;
  }

  get enabled(): boolean {
    return this.#orders !== undefined;
  }

  get(number: TransactionNumber): ExecutedOrder | undefined {
    return this.#orders?.get(number);
  }

  put(order: ExecutedOrder): void {
    this.#orders?.set(order.number, order);
  }
}
