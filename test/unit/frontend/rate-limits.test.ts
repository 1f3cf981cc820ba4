import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { RateLimits } from '../../../src/frontend/rate-limits.js';

/** How many of so many requests at once may come. */
function admitted(limits: RateLimits, caller: string, count: number): number {
  return Array.from({ length: count }, () => limits.retryAfterS(caller)).filter((wait) => wait === 0).length;
}

describe('rate limits', () => {
  it('do not exist unless they are set', () => {
    const limits = new RateLimits(0, 0);
    expect(limits.exist).to.equal(false);
    expect(admitted(limits, 'a', 1_000)).to.equal(1_000);
  });

  it('let each caller have one second of its own, and then say when to come again', () => {
    const limits = new RateLimits(20, 0);
    expect(admitted(limits, 'a', 100)).to.be.within(20, 21);
    expect(limits.retryAfterS('a')).to.equal(1);
    expect(admitted(limits, 'b', 100)).to.be.within(20, 21);
  });

  it('let all together have one second, whoever they are', () => {
    const limits = new RateLimits(0, 30);
    expect(admitted(limits, 'a', 25)).to.equal(25);
    expect(admitted(limits, 'b', 25)).to.be.within(5, 6);
  });

  it('charge a caller nothing for what all together have used up', async () => {
    const limits = new RateLimits(50, 60);
    expect(admitted(limits, 'a', 50)).to.equal(50);
    expect(admitted(limits, 'b', 50)).to.be.within(10, 12);
    await delay(200);
    expect(admitted(limits, 'b', 50)).to.be.within(10, 20);
  });

  it('fill again at their rate', async () => {
    const limits = new RateLimits(100, 0);
    admitted(limits, 'a', 200);
    await delay(200);
    expect(admitted(limits, 'a', 200)).to.be.within(18, 60);
  });

  it('remember those callers that were heard of last', () => {
    const limits = new RateLimits(1, 0);
    expect(admitted(limits, 'first', 2)).to.equal(1);
    for (let index = 0; index < 10_000; index += 1) {
      limits.retryAfterS(`other ${index}`);
    }
    expect(admitted(limits, 'other 9999', 1)).to.equal(0);
    expect(admitted(limits, 'first', 1)).to.equal(1);
  });
});
