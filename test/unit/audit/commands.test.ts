// The two commands as a user starts them: what they print, and their exit status.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openVolume } from '../../../src/shared/volume.js';
import { AuditFiles } from '../../support/audit-files.js';
import { contents } from '../../support/process-outcome.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

async function run(command: 'verify' | 'rebuild-catalog', ...args: string[]) {
  const entry = fileURLToPath(new URL('../../../src/cli/stock.js', import.meta.url));
  const child = spawn(process.execPath, [entry, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { stdout, stderr, status };
}

describe('verify command', () => {
  const directory = useTemporaryDirectory();
  const verify = (...args: string[]) => run('verify', '--data-dir', directory(), '--files-only', ...args);
  let files: AuditFiles;
  beforeEach(async () => {
    files = await AuditFiles.write(directory());
  });

  it('prints tables and one closing line, and ends with 0 if all is good', async () => {
    const { stdout, stderr, status } = await verify();
    expect(stdout).to.match(/\norder-2 +- +3 +4 +4 +level +[0-9a-f]{64}\n/);
    expect(stdout).to.match(/\ncatalog +order-1 +3 +4 +4 +1 +7 +[0-9a-f]{64}\n/);
    expect(stdout).to.match(/\nGameStart +100 +0 +43 +57 +57 +right\n/);
    expect(stdout).to.match(
      /\nOK: 4 trades without a gap, each in all three logs, and every stock adds up\.\n$/,
    );
    expect([stderr, status]).to.deep.equal(['', 0]);
  });

  it('says who is behind in its closing line', async () => {
    await files.writeLog(2, files.trades.slice(0, 3));
    const { stdout, status } = await verify();
    expect(stdout).to.match(/\norder-2 .* lags by 1 /);
    expect(stdout).to.match(/\nOK: 4 trades without a gap, .*\(behind: order-2\)/);
    expect(status).to.equal(0);
  });

  it('ends with 1 if something is wrong', async () => {
    await appendFile(files.path('order-2/orders.csv'), 'rubbish\n');
    const { stdout, status } = await verify();
    expect(stdout).to.match(/\ndamage: .*order-2.orders\.csv:6: this line does not fit/);
    expect(stdout).to.match(/\nWRONG: 1 complaint, see above\.\n$/);
    expect(status).to.equal(1);
  });

  it('ends with 3 if it could not be checked', async () => {
    await rm(files.path('catalog/journal.csv'));
    const { stdout, status } = await verify();
    expect(stdout).to.match(/\nnot checked: .*journal\.csv is missing\nNOT CHECKED: .*\n$/);
    expect(status).to.equal(3);
  });

  it('prints JSON, and nothing else', async () => {
    const { stdout, status } = await verify('--json');
    expect(JSON.parse(stdout)).to.deep.include({ dataDirectory: directory(), verdict: 'good', findings: [] });
    expect(status).to.equal(0);
  });

  it('says what is wrong with its arguments, and ends with 2', async () => {
    for (const [args, complaint] of [
      [['--url', 'http://host/path'], /must be like http/],
      [['--data-dir', '/no/such/place'], /no such file or directory/],
      [['--data-dir', 'docs'], /docs holds no state/],
      [['--surprise'], /unknown option/],
    ] as const) {
      const { stdout, stderr, status } = await verify(...args);
      expect(stderr, args.join(' ')).to.match(complaint);
      expect([stdout, status]).to.deep.equal(['', 2]);
    }
  });

  it('explains itself', async () => {
    for (const command of ['verify', 'rebuild-catalog'] as const) {
      const { stdout, status } = await run(command, '--help');
      expect(stdout).to.match(/--data-dir[^]*Exit status: 0 /);
      expect(status).to.equal(0);
    }
  });
});

describe('rebuild-catalog command', () => {
  const directory = useTemporaryDirectory();
  const rebuild = (...args: string[]) => run('rebuild-catalog', '--data-dir', directory(), ...args);
  let files: AuditFiles;
  beforeEach(async () => {
    files = await AuditFiles.write(directory());
  });

  it('says what it does and what is lost, and a system that verify finds good', async () => {
    await rm(files.path('catalog/journal.csv'));
    const { stdout, stderr, status } = await rebuild();
    expect(stdout).to.match(/^from .*order-1.orders\.csv: 4 trades, the last one in term 3\n/);
    expect(stdout).to.match(
      /LOST: refusals[^]*LOST: quantities[^]*Kept as .*catalog\.[-\dTZ]+\.csv\.\nDone\./,
    );
    expect([stderr, status]).to.deep.equal(['', 0]);
    const verdict = await run('verify', '--data-dir', directory(), '--files-only');
    expect(verdict.stdout).to.match(/\nOK: 4 trades/);
    expect(existsSync(files.path('catalog/.lock')), 'the lock is given back').to.equal(false);
  });

  it('writes nothing in a dry run, nor when it refuses', async () => {
    const before = await contents(directory());
    const dry = await rebuild('--dry-run', '--force');
    expect(dry.stdout).to.match(/aside .*journal\.csv[^]*Dry run: nothing was written/);
    const refused = await rebuild();
    expect(refused.stderr).to.match(/journal\.csv exists[^]*Nothing was changed/);
    expect([dry.status, refused.status]).to.deep.equal([0, 1]);
    expect(await contents(directory())).to.deep.equal(before);
  });

  it('makes the directory that is lost, with its initial catalog, but not in a dry run', async () => {
    const initial = files.path('initial.csv');
    await writeFile(initial, 'Name,Price,Quantity\nGameStart,15.99,100\nBoarCo,21.75,5\n');
    await rm(files.path('catalog'), { recursive: true });
    expect((await rebuild('--dry-run', '--initial-catalog', initial)).status).to.equal(0);
    expect(existsSync(files.path('catalog'))).to.equal(false);
    expect((await rebuild('--initial-catalog', initial)).status).to.equal(0);
    expect((await run('verify', '--data-dir', directory(), '--files-only')).stdout).to.match(
      /\nOK: 4 trades/,
    );
  });

  it('refuses while the catalog or a replica runs', async function () {
    this.timeout(20_000);
    await rm(files.path('catalog/journal.csv'));
    const before = await contents(directory());
    for (const name of ['catalog', 'order-2']) {
      const volume = await openVolume(directory(), name, (error) => {
        throw error;
      });
      const { stderr, status } = await rebuild();
      await volume.release();
      expect(stderr).to.match(new RegExp(`${name} is in use by another process`));
      expect(status).to.equal(1);
    }
    expect(await contents(directory())).to.deep.equal(before);
  });

  it('ends with 3 where there is nothing to rebuild from', async () => {
    await rm(files.path('catalog/journal.csv'));
    await Promise.all([1, 2, 3].map((replica) => rm(files.path(`order-${replica}/orders.csv`))));
    const { stderr, status } = await rebuild();
    expect(stderr).to.match(/no trade to rebuild from:\n.*order-1.orders\.csv is missing/);
    expect(status).to.equal(3);
  });
});
