// The evaluation, small, as its command runs it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readResults } from '../evaluate/results.js';
import { runStock } from '../support/command-line.js';

describe('evaluate --quick', function () {
  this.timeout(120_000);
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'evaluate-'));
  });
  after(() => rm(directory, { recursive: true }));

  it('measures, draws, tells and keeps', async () => {
    const names = 'latency,hit-rate,timeline';
    const args = ['evaluate', '--quick', '--experiments', names, '--out', directory];
    const { stdout, stderr, status } = await runStock(args);
    expect(status, stderr).to.equal(0);
    expect(stdout).to.contain('## timeline').and.to.contain('All promises were kept');

    const { latency, 'hit-rate': hitRate, timeline, throughput } = readResults(directory).native ?? {};
    const [withoutTrades, withTrades] = latency?.result ?? [];
    expect(withoutTrades?.byKind).to.have.keys('lookup');
    expect(withTrades?.byKind).to.have.keys('lookup', 'trade', 'orderQuery');
    const rates = hitRate?.result.filter(({ skew }) => skew === 0).map((row) => row.hitRate) ?? [];
    expect(rates[0]).to.be.closeTo(0.05, 0.02);
    // Nearly all; a starved machine loses its lease on the cache now and then.
    expect(rates[1]).to.be.greaterThan(0.95);
    expect(timeline?.result.marks.map(({ name }) => name)).to.deep.equal([
      'killed',
      'elected',
      'restarted',
      'caught up',
    ]);
    expect(throughput).to.equal(undefined);

    for (const name of names.split(',')) {
      expect(await readFile(join(directory, `${name}-native.svg`), 'utf8')).to.match(/^<svg /);
    }
  });
});
