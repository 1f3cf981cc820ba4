import { expect } from 'chai';
import { summarizeLatencies } from '../../../src/cli/latency-summary.js';

describe('latency summary', () => {
  it('takes percentiles from what was measured, by nearest rank', () => {
    const oneToThousand = Array.from({ length: 1_000 }, (_, index) => 1_000 - index);
    expect(summarizeLatencies(oneToThousand)).to.deep.equal({
      count: 1_000,
      meanMs: 500.5,
      p50Ms: 500,
      p95Ms: 950,
      p99Ms: 990,
      maxMs: 1_000,
    });
  });

  it('does not show the tail of few samples better than it was', () => {
    expect(summarizeLatencies([1, 2, 300])).to.include({ p50Ms: 2, p95Ms: 300, p99Ms: 300 });
  });

  it('orders by number, not by text', () => {
    expect(summarizeLatencies([10, 9, 100])).to.include({ p50Ms: 10, maxMs: 100 });
  });

  it('is the one latency when there is only one', () => {
    expect(summarizeLatencies([4.25])).to.include({ meanMs: 4.25, p50Ms: 4.25, p99Ms: 4.25 });
  });

  it('says nothing about nothing', () => {
    expect(summarizeLatencies([])).to.equal(undefined);
  });

  it('leaves the order of its input alone', () => {
    const latenciesMs = [3, 1, 2];
    summarizeLatencies(latenciesMs);
    expect(latenciesMs).to.deep.equal([3, 1, 2]);
  });
});
