import { expect } from 'chai';
import {
  compareOrder,
  findNumbersGoingBack,
  findRepeatedNumbers,
} from '../../../src/cli/order-comparison.js';

const placed = { transactionNumber: 7, name: 'AAPL', type: 'buy', quantity: 3 } as const;
const found = { orderNumber: 7, name: 'AAPL', type: 'buy', quantity: 3 };
const numbered = (...numbers: number[]) =>
  numbers.map((transactionNumber) => ({ ...placed, transactionNumber }));

describe('comparison of orders', () => {
  it('finds nothing wrong with an order that is as it was placed', () => {
    expect(compareOrder(placed, found)).to.deep.equal([]);
  });

  for (const change of [{ orderNumber: 8 }, { name: 'AMZN' }, { type: 'sell' }, { quantity: 4 }]) {
    it(`sees an order whose ${Object.keys(change).join()} is another`, () => {
      const [sentence, ...others] = compareOrder(placed, { ...found, ...change });
      expect(sentence)
        .to.include('buy 3 AAPL')
        .and.include(String(Object.values(change)[0]));
      expect(others).to.deep.equal([]);
    });
  }

  it('sees a number that two sessions were given, and one that a session was given three times', () => {
    const repeated = findRepeatedNumbers([numbered(1, 2, 5), numbered(3, 2), numbered(9, 9, 9)]);
    expect(repeated).to.deep.equal([
      'order number 2 was given to 2 orders',
      'order number 9 was given to 3 orders',
    ]);
  });

  it('finds nothing wrong with numbers that differ', () => {
    expect(findRepeatedNumbers([numbered(1, 4), numbered(2, 3), []])).to.deep.equal([]);
  });

  it('sees a number below one that was acknowledged before', () => {
    expect(findNumbersGoingBack(numbered(1, 5, 4, 6))).to.deep.equal([
      'order 4 was placed after order 5 had been acknowledged',
    ]);
    expect(findNumbersGoingBack(numbered(1, 5, 6))).to.deep.equal([]);
  });
});
