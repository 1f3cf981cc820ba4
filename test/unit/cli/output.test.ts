// The command as a user starts it, where it cannot write what it has to say.
import { expect } from 'chai';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { AuditFiles } from '../../support/audit-files.js';
import { runStock, type Surroundings } from '../../support/command-line.js';
import { FakeExchange } from '../../support/fake-exchange.js';
import { needsFullDevice, withFullDevice } from '../../support/full-device.js';
import { contents } from '../../support/process-outcome.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

describe('stock, where its output cannot be written', function () {
  this.timeout(30_000);
  needsFullDevice();
  const directory = useTemporaryDirectory();
  let exchange: FakeExchange;
  beforeEach(async () => {
    exchange = await FakeExchange.start({ GameStart: 100, AAPL: 50 });
  });
  afterEach(() => exchange.close());

  const stock = (args: readonly string[], outputs: Surroundings) =>
    runStock(args, { FRONTEND_URL: exchange.url, DATA_DIR: directory() }, outputs);
  const onFullDevice = (...args: string[]) => withFullDevice((stdout) => stock(args, { stdout }));
  const lost = 'Standard output cannot be written (ENOSPC). The result is:\n';

  it('says the number and the key of an order on standard error, and ends with 74', async () => {
    expect(await onFullDevice('buy', 'GameStart', '3', '--key', 'mine')).to.deep.equal({
      stdout: '',
      stderr: `${lost}Bought 3 GameStart: order 1 (key mine)\n`,
      status: 74,
    });
    const { stderr, status } = await onFullDevice('sell', 'GameStart', '1', '--key', 'other', '--json');
    expect(stderr.startsWith(lost), stderr).to.equal(true);
    expect(JSON.parse(stderr.slice(lost.length))).to.deep.include({ number: 2, key: 'other' });
    expect(status).to.equal(74);
    expect(exchange.orders).to.have.length(2);
  });

  it('says them there as well when its reader is gone', async () => {
    const { stderr, status } = await stock(['buy', 'GameStart', '3', '--key', 'mine'], { stdout: null });
    expect(stderr).to.include('(EPIPE)').and.to.include('Bought 3 GameStart: order 1 (key mine)');
    expect(status).to.equal(74);
  });

  it('ends with 74 all the same where neither can be written', async () => {
    const { status } = await withFullDevice((full) =>
      stock(['buy', 'GameStart', '3'], { stdout: full, stderr: full }),
    );
    expect(status).to.equal(74);
    expect(exchange.orders).to.have.length(1);
  });

  it('ends as always where only standard error cannot be written', async () => {
    const run = (...args: string[]) => withFullDevice((stderr) => stock(args, { stderr }));
    const bought = await run('buy', 'GameStart', '3', '--key', 'mine');
    expect([bought.stdout, bought.status]).to.deep.equal(['Bought 3 GameStart: order 1 (key mine)\n', 0]);
    const refused = await run('buy', 'AAPL', '51', '--json');
    expect(JSON.parse(refused.stdout).error).to.include({ exitCode: 1 });
    expect(refused.status).to.equal(1);
    expect((await run('buy', 'AAPL')).status).to.equal(2);
  });

  it('keeps the status of an error, which standard error has said', async () => {
    const { stderr, status } = await onFullDevice('buy', 'AAPL', '51', '--json');
    expect([stderr, status]).to.deep.equal(['not enough stocks left to buy\n', 1]);
  });

  it('says what else it found out in the same way', async () => {
    await AuditFiles.write(directory());
    for (const [args, saying] of [
      [['lookup', 'AAPL'], '│ AAPL'],
      [['verify', '--files-only'], 'OK: '],
      [['backup', join(directory(), 'copy')], 'Backed up all trades'],
      [['load', '--sessions', '1', '--requests', '2', '--json'], '"ordersPlaced"'],
      [['certificates'], 'Made an authority'],
    ] as const) {
      const { stderr, status } = await onFullDevice(...args);
      expect(stderr.startsWith(lost), stderr).to.equal(true);
      expect(stderr).to.include(saying);
      expect(status, args[0]).to.equal(74);
    }
  });

  it('rebuilds nothing when it cannot say what will be lost', async () => {
    await AuditFiles.write(directory());
    rmSync(join(directory(), 'catalog', 'journal.csv'));
    const before = await contents(directory());
    const { stderr, status } = await onFullDevice('rebuild-catalog');
    expect(stderr).to.match(/LOST: refusals[^]*\nNothing was changed\.\n$/);
    expect(status).to.equal(1);
    expect(await contents(directory())).to.deep.equal(before);
  });

  it('ends with 74 for a help text, the version and a tool, too', async () => {
    for (const args of [['--version'], ['fuzz', '--help'], ['simulate', '--seed', '1', '--trace']]) {
      expect(await onFullDevice(...args), args.join(' ')).to.deep.equal({
        stdout: '',
        stderr: 'Standard output cannot be written (ENOSPC).\n',
        status: 74,
      });
    }
  });
});
