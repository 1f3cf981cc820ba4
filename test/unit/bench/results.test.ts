import { expect } from 'chai';
import { sumUs } from '../../bench/budget.js';
import { dimensions, drawNames } from '../../bench/dimensions.js';
import { replaceMarked } from '../../support/marked-text.js';
import { chapters } from '../../bench/tables.js';

const run = {
  at: '2026-01-02T03:04:05.678Z',
  node: '20.0.0',
  processors: '2 × something',
  generator: 'wrk 4.1.0',
  rounds: 5,
  seconds: 3,
  inMemory: false,
};

describe('the budget of a trade', () => {
  const steps = [
    { name: 'http' as const, times: 1, p50Us: 30 },
    { name: 'hop' as const, times: 3, p50Us: 70 },
  ];

  it('counts each step as often as a trade takes it', () => {
    expect(sumUs({ steps })).to.equal(240);
  });

  it('is told next to the whole', () => {
    const [chapter] = chapters({
      budget: { run, rows: [{ steps, wholeUs: 1_000, wholeCpuUs: 900, failures: 0 }] },
    });
    expect(chapter?.text)
      .to.match(/sum of the steps.*\| +240 \|/)
      .and.to.match(/everything else.*\| +760 \|/);
  });
});

describe('the tables', () => {
  const none = { requestsPerSecond: 100, p50Ms: 1, p99Ms: 2, p999Ms: 3, cpuUsPerRequest: {} };

  it('say of a figure that it does not count', () => {
    const row = { name: 'trade' as const, connections: 8, system: none, reference: none, ratio: 0.5 };
    const [chapter] = chapters({ cases: { run, rows: [{ ...row, failures: 7, rounds: [] }] } });
    expect(chapter?.text).to.match(/`POST \/orders` — does not count, 7 requests failed/);
    expect(chapter?.text, 'nothing is known of processor time').not.to.contain('Processor time');
  });

  it('say what became of a system that did not start', () => {
    const figures = {
      requestsPerSecond: Number.NaN,
      p50Ms: Number.NaN,
      cost: Number.NaN,
    };
    const row = {
      dimension: 'orders' as const,
      size: 10_000_000,
      memory: {},
      failures: 1,
      error: 'It ended.',
    };
    const rows = [{ ...row, figures: { lookup: figures, trade: figures } }];
    const [chapter] = chapters({ growth: { run, rows } });
    expect(chapter?.text).to.match(/10,000,000 — It ended\. \| +- \|/);
  });
});

describe('a chapter of the documents', () => {
  const text = 'before\n<!-- bench:cases -->\nold\n<!-- /bench:cases -->\nafter\n';

  it('is replaced between its markers', () => {
    const replaced = 'before\n<!-- bench:cases -->\n\nnew\n\n<!-- /bench:cases -->\nafter\n';
    expect(replaceMarked(text, 'bench:cases', 'new')).to.equal(replaced);
  });

  it('needs them', () => {
    expect(() => replaceMarked(text, 'bench:growth', 'new')).to.throw(/bench:growth/);
  });
});

describe('what grows', () => {
  it('is bounded where it takes long', () => {
    expect(dimensions.orders.sizes(1_000_000)).to.deep.equal([0, 100_000, 1_000_000]);
  });

  it('is asked for uniformly, and the same each time', () => {
    const names = ['a', 'b', 'c', 'd'];
    const drawn = drawNames(names, 4_000);
    expect(drawNames(names, 4_000)).to.deep.equal(drawn);
    names.forEach((name) => expect(drawn.filter((each) => each === name).length).to.be.within(900, 1_100));
  });
});
