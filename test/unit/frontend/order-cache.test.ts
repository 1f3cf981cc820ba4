import { expect } from 'chai';
import { OrderCache } from '../../../src/frontend/order-cache.js';

const executed = (number: number) => ({ number, name: 'GameStart', type: 'buy', quantity: 1 });

describe('order cache', () => {
  it('drops the order that was asked for longest ago when it is full', () => {
    const cache = new OrderCache(2);
    cache.put(executed(1));
    cache.put(executed(2));
    cache.get(1);
    cache.put(executed(3));
    expect([1, 2, 3].map((number) => cache.get(number)?.number)).to.deep.equal([1, undefined, 3]);
    expect(cache.enabled).to.equal(true);
  });

  it('holds nothing when its capacity is 0', () => {
    const cache = new OrderCache(0);
    cache.put(executed(1));
    expect([cache.get(1), cache.enabled]).to.deep.equal([undefined, false]);
  });
});
