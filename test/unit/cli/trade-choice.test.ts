import { expect } from 'chai';
import { seededRandom } from '../../../src/cli/seeded-random.js';
import { chooseStock, chooseTrade } from '../../../src/cli/trade-choice.js';

const stock = (quantity: number) => ({ name: 'GameStart', price: 15.99, quantity });

function chooseMany(quantity: number, probability: number, times = 1_000) {
  const random = seededRandom(42);
  return Array.from({ length: times }, () => chooseTrade(random, stock(quantity), probability));
}

/** The different quantities that are ordered of a stock with so many shares left. */
const quantities = (left: number) => new Set(chooseMany(left, 1).map((order) => order?.quantity));

describe('choice of trades', () => {
  it('leaves a stock alone that has run out', () => {
    expect(chooseMany(0, 1)).to.deep.equal(Array.from({ length: 1_000 }));
  });

  it('trades about as often as the probability says', () => {
    const orders = chooseMany(100, 0.6, 10_000).filter((order) => order !== undefined);
    expect(orders.length).to.be.within(5_800, 6_200);
  });

  it('always trades with probability 1, and never with 0', () => {
    expect(chooseMany(100, 1)).to.not.include(undefined);
    expect(chooseMany(100, 0).every((order) => order === undefined)).to.equal(true);
  });

  it('orders from 1 to 5 shares, and no more than there are', () => {
    expect(quantities(100)).to.deep.equal(new Set([1, 2, 3, 4, 5]));
    expect(quantities(2)).to.deep.equal(new Set([1, 2]));
  });

  it('buys about as often as it sells, and names the stock it looked up', () => {
    const orders = chooseMany(100, 1);
    expect(orders.filter((order) => order?.type === 'buy').length).to.be.within(430, 570);
    expect(orders.every((order) => order?.name === 'GameStart')).to.equal(true);
  });

  it('looks up every stock sooner or later', () => {
    const random = seededRandom(1);
    const names = new Set(Array.from({ length: 100 }, () => chooseStock(random, ['a', 'b', 'c'])));
    expect([...names].sort()).to.deep.equal(['a', 'b', 'c']);
  });
});
