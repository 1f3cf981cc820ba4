import type { OrderTraces } from '../shared/order-traces.js';
import { lineFields } from '../shared/trade-line.js';

/** An order of the commit under way, as the journal has it. */
interface Written {
  readonly orderId: string;
  readonly stock: string;
}

/**
 * What a commit does for the orders that are traced. One commit is under way at a time (C1), so what is invalidated was
 * written last.
 */
export class CommitTraces {
  readonly #orders: OrderTraces;
  #written: readonly Written[] = [];

  constructor(orders: OrderTraces) {
    this.#orders = orders;
  }

  /**
   * Records have become durable.
   * @param lines as in the journal
   * @param step how the trace calls it
   */
  written(lines: () => Buffer, tookMs: number, step: string): void {
    this.#written = this.#orders.any
      ? lineFields(lines()).map(([, stock = '', , , orderId = '']) => ({ orderId, stock }))
      : [];
    const orderIds = this.#written.map(({ orderId }) => orderId);
    this.#orders.record(step, orderIds, tookMs);
  }

  /**
   * Tells a frontend to drop a stock.
   * @param run gets a traceparent to send along, empty if no order that touches the stock is traced
   */
  invalidate<T>(address: string, stock: string, run: (traceparent: string) => Promise<T>): Promise<T> {
    const orderIds = this.#written.filter((each) => each.stock === stock).map(({ orderId }) => orderId);
    const facts = { 'server.address': address, 'stock.name': stock };
    return this.#orders.step(
      'DELETE /delete/:name',
      'client',
      orderIds,
      (traceparents) => run([...traceparents.values()][0] ?? ''),
      facts,
    );
  }
}
