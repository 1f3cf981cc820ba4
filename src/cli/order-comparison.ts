// What must be true of the orders that the exchange acknowledged. Each function returns one sentence per violation.
import type { NewOrder } from './trade-choice.js';

/** An order of ours that the exchange acknowledged: the client's own record. */
export interface PlacedOrder extends NewOrder {
  readonly transactionNumber: number;
}

/** What `GET /orders/<n>` answers. */
export interface OrderDetails {
  readonly orderNumber: number;
  readonly name: string;
  readonly type: string;
  readonly quantity: number;
}

const describe = (order: { type: string; quantity: number; name: string }) =>
  `${order.type} ${order.quantity} ${order.name}`;

/** Compares one order with what the exchange says about it. */
export function compareOrder(placed: PlacedOrder, found: OrderDetails): string[] {
  const same =
    found.orderNumber === placed.transactionNumber &&
    found.name === placed.name &&
    found.type === placed.type &&
    found.quantity === placed.quantity;
  if (same) {
    return [];
  }
  return [
    `order ${placed.transactionNumber} was "${describe(placed)}"; ` +
      `the exchange has order ${found.orderNumber} "${describe(found)}"`,
  ];
}

/** An acknowledged order that the exchange does not know any more. */
export function describeLostOrder(placed: PlacedOrder): string {
  return `order ${placed.transactionNumber} "${describe(placed)}" was acknowledged, and is not found`;
}

/** No two orders, of whichever session, may have the same number. */
export function findRepeatedNumbers(sessions: readonly (readonly PlacedOrder[])[]): string[] {
  const timesByNumber = new Map<number, number>();
  for (const { transactionNumber } of sessions.flat()) {
    timesByNumber.set(transactionNumber, (timesByNumber.get(transactionNumber) ?? 0) + 1);
  }
  return [...timesByNumber]
    .filter(([, times]) => times > 1)
    .map(([number, times]) => `order number ${number} was given to ${times} orders`);
}

/**
 * Numbers follow the order of trades: whoever places an order after an earlier one was acknowledged gets a higher
 * number.
 * @param orders those of one session, in the order in which they were placed
 */
export function findNumbersGoingBack(orders: readonly PlacedOrder[]): string[] {
  return orders.flatMap(({ transactionNumber }, index) => {
    const before = orders[index - 1]?.transactionNumber;
    return before !== undefined && transactionNumber < before
      ? [`order ${transactionNumber} was placed after order ${before} had been acknowledged`]
      : [];
  });
}
