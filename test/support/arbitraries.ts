// What the property tests draw their examples from: the grammar of everything that may stand in a file or a message.
import * as fc from 'fast-check';
import type { Order, Trade } from '../../src/shared/domain.js';
import { emptyLogEnd, maxShares, orderIdPattern, stockNamePattern } from '../../src/shared/domain.js';
import { chainTrade } from '../../src/shared/trade-line.js';

/** Every number of shares that an order may carry, the smallest and the largest often. */
const shares = fc.oneof(
  { weight: 8, arbitrary: fc.nat(5) },
  fc.nat(maxShares),
  fc.constantFrom(0, maxShares),
);

/** Terms are the wire format's uint32. */
export const terms = fc.oneof(fc.nat(9), fc.nat(0xffff_ffff), fc.constant(0xffff_ffff));

const stockNames = fc.stringMatching(stockNamePattern);
export const orderIds = fc.stringMatching(orderIdPattern);
const tradeTypes = fc.constantFrom('buy' as const, 'sell' as const);

/** Trades as the ledger makes them, each for itself. */
export const loneTrades: fc.Arbitrary<Omit<Trade, 'checksum'>> = fc.record({
  number: fc.integer({ min: 1, max: maxShares }),
  name: stockNames,
  type: tradeTypes,
  quantity: shares,
  orderId: orderIds,
  term: terms,
});

/** The next thing that a ledger decides. */
export type Step =
  | { readonly kind: 'term'; readonly leaderId: number; readonly gap: number }
  | { readonly kind: 'batch'; readonly orders: readonly Order[] };

/** Short, so that a whole history can be damaged at every byte; and of every form. */
export const shortNames = ['A', 'b-2', '0 .', 'Menhir & Co'] as const;
const shortIds = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,5}$/),
  // Looks like a checksum.
  fc.stringMatching(/^[0-9a-f]{8}$/),
);
const shortOrders = {
  orderId: shortIds,
  name: fc.constantFrom(...shortNames),
  type: tradeTypes,
  quantity: shares,
};

/** What a ledger of a few shares of `shortNames` may be asked, so that it trades, refuses and changes its term. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('term' as const),
      leaderId: fc.integer({ min: 1, max: 3 }),
      gap: fc.constantFrom(1, 1, 1, 999),
    }),
    fc.record({
      kind: fc.constant('batch' as const),
      orders: fc.array(fc.record(shortOrders), { maxLength: 3 }),
    }),
  ),
  { maxLength: 5 },
);

/** A history of trades as a leader sends it, in batches that follow each other. */
export const tradeBatches: fc.Arbitrary<Trade[][]> = fc
  .array(fc.array(fc.record({ ...shortOrders, term: terms }), { minLength: 1, maxLength: 3 }), {
    maxLength: 4,
  })
  .map((batches) => {
    let end = emptyLogEnd;
    return batches.map((batch) =>
      batch.map((each) => {
        const trade = chainTrade({ ...each, number: end.number + 1 }, end.checksum);
        end = trade;
        return trade;
      }),
    );
  });
