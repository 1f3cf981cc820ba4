import { expect } from 'chai';
import { routeRates } from '../../../../src/frontend/live/route-rates.js';

const route = 'GET /stocks/:name';
const counts = (...values: number[]) => [
  {
    route,
    buckets: [0.001, 0.01, 0.1, Infinity].map((upToS, index) => ({ upToS, count: values[index] ?? 0 })),
  },
];

describe('the rates of a route', () => {
  it('are those since the count before, with latencies within their bucket', () => {
    const [rate] = routeRates(counts(100, 100, 100, 100), counts(150, 200, 200, 200), 2);
    expect(rate).to.include({ route, perSecond: 50 });
    expect(rate?.p50Ms).to.be.closeTo(1, 1e-9);
    expect(rate?.p95Ms).to.be.closeTo(1 + 0.9 * 9, 1e-9);
  });

  it('are counted from nothing for a route that is new', () => {
    expect(routeRates([], counts(4, 4, 4, 4), 1)[0]).to.include({ perSecond: 4, p50Ms: 0.5 });
  });

  it('have no latency where there was no request', () => {
    expect(routeRates(counts(7, 7, 7, 7), counts(7, 7, 7, 7), 1)).to.deep.equal([{ route, perSecond: 0 }]);
  });

  it('count what is beyond the last bound as that bound', () => {
    expect(routeRates([], counts(0, 0, 0, 3), 1)[0]).to.include({ p50Ms: 100, p95Ms: 100 });
  });
});
