// Backup and restore as a user starts them, on the files of a stopped system.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { backUp } from '../../../src/audit/backup.js';
import { restore as restoreBackup } from '../../../src/audit/restore.js';
import { openVolume } from '../../../src/shared/volume.js';
import { AuditFiles } from '../../support/audit-files.js';
import { runStock, stockEntry } from '../../support/command-line.js';
import { eventually } from '../../support/eventually.js';
import { tradeHistory } from '../../support/example-trades.js';
import { contents } from '../../support/process-outcome.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const stateFiles = [
  'catalog/catalog.csv',
  'catalog/initial_catalog.csv',
  'catalog/journal.csv',
  'order-1/orders.csv',
  'order-2/orders.csv',
  'order-3/orders.csv',
];

describe('backup and restore commands', function () {
  this.timeout(60_000);
  const directory = useTemporaryDirectory();
  const path = (name: string): string => join(directory(), name);
  const backup = (...args: string[]) =>
    runStock(['backup', path('backup'), '--data-dir', path('volumes'), ...args]);
  const restore = (...args: string[]) =>
    runStock(['restore', path('backup'), '--data-dir', path('restored'), ...args]);
  const make = () =>
    backUp({ dataDirectory: path('volumes'), target: path('backup'), initialCatalog: undefined });
  /** What a restore says that refuses. */
  const refusal = (): Promise<string> =>
    restoreBackup(path('backup'), path('restored')).then(
      () => 'restored',
      (error: Error) => error.message,
    );
  let files: AuditFiles;
  beforeEach(async () => {
    await mkdir(path('volumes'));
    files = await AuditFiles.write(path('volumes'));
  });

  it('copies all files, and puts them back as they were', async () => {
    const made = await backup();
    expect(made.stdout).to.match(/^Backed up all trades up to 4, verified: .*backup\n$/);
    const restored = await restore();
    expect(restored.stdout).to.match(/^Restored all trades up to 4\./);
    expect([made.stderr, restored.stderr, made.status, restored.status]).to.deep.equal(['', '', 0, 0]);
    for (const name of stateFiles) {
      expect(await readFile(path(`restored/${name}`)), name).to.deep.equal(await readFile(files.path(name)));
    }
    expect(await readdir(path('restored/catalog'))).to.have.length(3);
    const verified = await runStock(['verify', '--data-dir', path('restored'), '--files-only', '--json']);
    expect(JSON.parse(verified.stdout)).to.include({ verdict: 'good' });
  });

  it('says in JSON what is in it', async () => {
    const { stdout, status } = await backup('--json');
    expect(JSON.parse(stdout)).to.deep.equal({ target: path('backup'), lastNumber: 4, remarks: [] });
    expect(status).to.equal(0);
  });

  it('does not copy what does not fit together, and leaves nothing behind', async () => {
    await appendFile(files.path('order-2/orders.csv'), 'rubbish\n');
    const { stderr, status } = await backup();
    expect(stderr).to.match(/does not fit together:\n {2}<copy>.order-2.orders\.csv:6: this line/);
    expect(status).to.equal(1);
    expect(await readdir(directory())).to.deep.equal(['volumes']);
  });

  it('refuses a log that holds more than the journal', async () => {
    await files.writeLog(1, tradeHistory(9));
    const { stderr, status } = await backup();
    expect(stderr).to.match(/order-1 differs from the journal at trade 1/);
    expect(status).to.equal(1);
  });

  it('refuses a catalog.csv that is newer than the journal', async () => {
    const journal = await readFile(files.path('catalog/journal.csv'));
    await files.tradeOnce({ orderId: 'later', name: 'GameStart', type: 'sell', quantity: 1 });
    await files.writeStocks();
    await writeFile(files.path('catalog/journal.csv'), journal);
    const { stderr, status } = await backup();
    expect(stderr).to.match(/catalog\.csv has seen trade 5, but the journal ends with 4/);
    expect(status).to.equal(1);
  });

  it('needs the journal', async () => {
    await rm(files.path('catalog/journal.csv'));
    const { stderr, status } = await backup();
    expect(stderr).to.match(/journal\.csv is missing: without it there is nothing to back up/);
    expect(status).to.equal(1);
    expect(await readdir(directory())).to.deep.equal(['volumes']);
  });

  it('does without the log of a replica whose disk is lost, and says so', async () => {
    await rm(files.path('order-1'), { recursive: true });
    const made = await backup();
    expect(made.stdout).to.match(/^Note: .*order-1.orders\.csv is missing\n[^]*Backed up all trades up to 4/);
    const restored = await restore();
    expect([made.status, restored.status]).to.deep.equal([0, 0]);
    expect(existsSync(path('restored/order-1/orders.csv'))).to.equal(false);
  });

  it('takes a quantity that was changed by hand along, and says so', async () => {
    await files.writeStocks([...files.ledger.stocks.values()].map((stock) => ({ ...stock, quantity: 7 })));
    const made = await backup();
    expect(made.stdout).to.match(/^Note: GameStart: .*changed by hand\?\n/);
    const restored = await restore();
    expect([made.status, restored.status]).to.deep.equal([0, 0]);
  });

  it('never replaces a backup', async () => {
    await backup();
    const before = await contents(path('backup'));
    await files.tradeOnce({ orderId: 'later', name: 'GameStart', type: 'sell', quantity: 1 });
    const { stderr, status } = await backup();
    expect(stderr).to.match(/backup exists: name a directory that does not/);
    expect(status).to.equal(1);
    expect(await contents(path('backup'))).to.deep.equal(before);
  });

  for (const [signal, leftOver] of [
    ['SIGTERM', 0],
    ['SIGKILL', 1],
  ] as const) {
    it(`has no backup under the final name after ${signal} half-way`, async () => {
      // Long enough that reading it takes a while.
      await files.writeLog(1, tradeHistory(100_000));
      const args = ['backup', path('backup'), '--data-dir', path('volumes')];
      const child = spawn(process.execPath, [stockEntry, ...args], { stdio: 'ignore' });
      const end = once(child, 'exit');
      await eventually(async () => {
        expect(await readdir(directory())).to.have.length(2);
      });
      child.kill(signal);
      expect(await end).to.deep.equal(signal === 'SIGKILL' ? [null, signal] : [130, null]);
      const left = (await readdir(directory())).filter((name) => name !== 'volumes');
      expect(left.filter((name) => name.startsWith('backup.unfinished-'))).to.have.length(leftOver);
      expect(left).to.have.length(leftOver);

      await files.writeLog(1, files.trades);
      expect((await backup()).status).to.equal(0);
    });
  }

  for (const name of stateFiles) {
    it(`does not restore a backup with a damaged ${name}`, async () => {
      await make();
      const bytes = await readFile(path(`backup/${name}`));
      // The last digit before a line feed: a quantity or a checksum, another one of which still looks right.
      const at = bytes.length - 2;
      bytes[at] = bytes[at] === 0x31 ? 0x32 : 0x31;
      await writeFile(path(`backup/${name}`), bytes);
      expect(await refusal()).to.match(new RegExp(`${name} is damaged: it is not what SHA256SUMS says`));
      expect(existsSync(path('restored')), 'nothing is written').to.equal(false);
    });
  }

  it('does not restore what is no whole backup', async () => {
    const complaints: [() => Promise<unknown>, RegExp][] = [
      [() => rm(path('backup/order-2/orders.csv')), /order-2.orders\.csv is missing/],
      [() => writeFile(path('backup/SHA256SUMS'), ''), /SHA256SUMS is not the list of a whole backup/],
      [() => rm(path('backup/SHA256SUMS')), /SHA256SUMS is missing: this is no backup/],
    ];
    await make();
    for (const [damage, complaint] of complaints) {
      await damage();
      expect(await refusal()).to.match(complaint);
    }
    expect(existsSync(path('restored'))).to.equal(false);
  });

  it('overwrites nothing, not even an initial catalog', async () => {
    await make();
    for (const name of stateFiles) {
      await mkdir(join(path('restored'), name, '..'), { recursive: true });
      await writeFile(path(`restored/${name}`), 'mine');
      expect(await refusal(), name).to.match(
        / (exists: move the old files away|is not the backup's: move it away)/,
      );
      expect(Object.values(await contents(path('restored')))).to.deep.equal(['mine']);
      await rm(path('restored'), { recursive: true });
    }
  });

  it('takes the initial catalog of a clone for its own if it is the same', async () => {
    await make();
    await mkdir(path('restored/catalog'), { recursive: true });
    const initial = await readFile(files.path('catalog/initial_catalog.csv'));
    await writeFile(path('restored/catalog/initial_catalog.csv'), initial);
    expect(await restoreBackup(path('backup'), path('restored'))).to.include({ lastNumber: 4 });
  });

  it('restores nothing while the system runs', async () => {
    await make();
    for (const name of ['catalog', 'order-3']) {
      const volume = await openVolume(path('restored'), name, (error) => {
        throw error;
      });
      const { stderr, status } = await restore();
      await volume.release();
      expect(stderr).to.match(new RegExp(`${name} is in use by another process`));
      expect(status).to.equal(1);
    }
    expect(await contents(path('restored'))).to.deep.equal({});
  });
});
