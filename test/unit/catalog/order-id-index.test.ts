import { expect } from 'chai';
import { OrderIdIndex } from '../../../src/catalog/order-id-index.js';

describe('the index of order ids', () => {
  function filled(ids: readonly string[], seed = 0): OrderIdIndex {
    const index = new OrderIdIndex((number) => ids[number - 1], seed);
    ids.forEach((id, place) => index.add(id, place + 1));
    return index;
  }

  const many = Array.from({ length: 50_000 }, (_, place) => `key-${place * 7}`);

  it('finds each id under its number, and no other', () => {
    const index = filled(many);
    expect(many.every((id, place) => index.find(id) === place + 1)).to.equal(true);
    expect(['', 'key', 'key-1', 'key-350000', 'KEY-7'].map((id) => index.find(id))).to.deep.equal(
      Array(5).fill(undefined),
    );
  });

  it('does not take one id for another that has the same hash', () => {
    // Found by trying: among 200,000 ids some pairs share all 32 bits.
    const ids = Array.from({ length: 200_000 }, (_, place) => `k${place}`);
    const index = filled(ids, 42);
    expect(ids.every((id, place) => index.find(id) === place + 1)).to.equal(true);
  });

  it('spreads ids that differ in one letter only', () => {
    const similar = Array.from(
      { length: 20_000 },
      (_, place) => `01234567-89ab-4def-8123-${String(place).padStart(12, '0')}`,
    );
    let questions = 0;
    const index = new OrderIdIndex((number) => {
      questions += 1;
      return similar[number - 1];
    });
    similar.forEach((id, place) => index.add(id, place + 1));
    similar.forEach((id) => index.find(id));
    expect(questions).to.be.lessThan(20_100);
  });
});
