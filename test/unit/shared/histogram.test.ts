import { expect } from 'chai';
import { Histogram as LibraryHistogram, Registry } from 'prom-client';
import { Histogram } from '../../../src/shared/histogram.js';

describe('histogram', () => {
  const bounds = [0.1, 1, 10];
  const names = ['method', 'route'] as const;
  const observed = [
    ['GET', '/a', 0],
    ['GET', '/a', 0.1],
    ['GET', '/a', 0.100_1],
    ['POST', '/a "b"', 11],
    ['GET', '/a', 10],
    ['POST', '/a "b"', 1],
  ] as const;

  async function text(register: (registry: Registry) => void): Promise<string[]> {
    const registry = new Registry();
    register(registry);
    return (await registry.metrics()).split('\n').sort();
  }

  it('tells what that of the library tells', async () => {
    const ours = new Histogram('some_seconds', 'Some', names, bounds);
    const theirs = new LibraryHistogram({
      name: 'some_seconds',
      help: 'Some',
      labelNames: names,
      buckets: bounds,
      registers: [],
    });
    for (const [method, route, value] of observed) {
      ours.labels(method, route).observe(value);
      theirs.observe({ method, route }, value);
    }
    const expected = await text((registry) => registry.registerMetric(theirs));
    expect(await text((registry) => registry.registerMetric(ours.metric))).to.deep.equal(expected);
    expect(expected).to.include('some_seconds_bucket{le="0.1",method="GET",route="/a"} 2');
  });

  it('without labels is there from the beginning', async () => {
    const ours = new Histogram('some_seconds', 'Some', [], bounds);
    const lines = await text((registry) => registry.registerMetric(ours.metric));
    expect(lines).to.include.members(['some_seconds_count 0', 'some_seconds_bucket{le="+Inf"} 0']);
    ours.labels().observe(3);
    expect(ours.series[0]?.cumulative.map(({ count }) => count)).to.deep.equal([0, 0, 1, 1]);
  });
});
