import { expect } from 'chai';
import { StockCache } from '../../../src/frontend/stock-cache.js';

const stock = (name: string, version: number) => ({ name, price: '1', quantity: 1, version });

describe('stock cache', () => {
  let cache: StockCache;
  beforeEach(() => {
    cache = new StockCache(2);
  });

  it('drops the stock that was used longest ago when it is full', () => {
    cache.put(stock('a', 0));
    cache.put(stock('b', 0));
    cache.get('a');
    cache.put(stock('c', 0));
    expect(['a', 'b', 'c'].map((name) => cache.has(name))).to.deep.equal([true, false, true]);
    expect([cache.size, cache.capacity]).to.deep.equal([2, 2]);
  });

  it('drops what is older than an invalidation says', () => {
    cache.put(stock('a', 6));
    cache.put(stock('b', 6));
    cache.invalidate('a', 7);
    expect([cache.has('a'), cache.has('b')]).to.deep.equal([false, true]);
  });

  it('keeps what is new enough already', () => {
    cache.put(stock('a', 7));
    cache.invalidate('a', 7);
    cache.invalidate('a', 6);
    expect(cache.get('a')?.version).to.equal(7);
  });

  it('never takes back a state from before an invalidation, however late it arrives', () => {
    cache.invalidate('a', 7);
    cache.put(stock('a', 6));
    expect(cache.has('a')).to.equal(false);
    cache.invalidate('a', 3);
    cache.put(stock('a', 6));
    expect(cache.has('a')).to.equal(false);
    cache.put(stock('a', 7));
    expect(cache.get('a')?.version).to.equal(7);
  });

  it('remembers that after the stock has been evicted, dropped and cleared', () => {
    cache.invalidate('a', 7);
    for (const name of ['b', 'c', 'd']) {
      cache.put(stock(name, 0));
    }
    cache.drop('a');
    cache.clear();
    cache.put(stock('a', 6));
    expect([cache.has('a'), cache.size]).to.deep.equal([false, 0]);
  });

  it('drops one stock whatever its version, and all of them', () => {
    cache.put(stock('a', 9));
    cache.put(stock('b', 9));
    cache.drop('a');
    expect([cache.has('a'), cache.size]).to.deep.equal([false, 1]);
    cache.clear();
    expect(cache.size).to.equal(0);
    cache.put(stock('a', 1));
    expect(cache.has('a')).to.equal(true);
  });

  it('holds nothing when its capacity is 0', () => {
    const none = new StockCache(0);
    none.put(stock('a', 1));
    none.invalidate('a', 2);
    none.drop('a');
    none.clear();
    expect([none.has('a'), none.get('a'), none.size, none.capacity]).to.deep.equal([false, undefined, 0, 0]);
  });
});
