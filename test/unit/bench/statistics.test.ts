import { expect } from 'chai';
import { latencyOf, median, medianRatio, quantile } from '../../bench/statistics.js';

describe('a median', () => {
  it('is the middle one, whatever the order', () => {
    expect(median([9, 1, 5])).to.equal(5);
  });

  it('of an even number is between the two in the middle', () => {
    expect(median([4, 1, 2, 100])).to.equal(3);
  });

  it('of nothing is no number', () => {
    expect(median([])).to.be.NaN;
  });

  it('of ratios is made of the pairs, not of the medians', () => {
    // The machine was half as fast in the second round, for both.
    expect(
      medianRatio([
        [80, 100],
        [40, 50],
        [60, 100],
      ]),
    ).to.equal(0.8);
  });
});

describe('a quantile', () => {
  const sorted = Array.from({ length: 1_000 }, (_, index) => index + 1);

  it('is a value that was measured', () => {
    expect([0.5, 0.99, 0.999, 1].map((share) => quantile(sorted, share))).to.deep.equal([
      500, 990, 999, 1_000,
    ]);
  });

  it('of few values is never better than they were', () => {
    expect(quantile([1, 2], 0.99)).to.equal(2);
    expect(quantile([7], 0)).to.equal(7);
    expect(quantile([], 0.5)).to.be.NaN;
  });

  it('needs no order where latencies are summarized', () => {
    expect(latencyOf(sorted.toReversed())).to.deep.equal({ p50Ms: 500, p99Ms: 990, p999Ms: 999 });
  });
});
