// Backup under load, and a system that goes on from it elsewhere, with the scripts that a user starts.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { post, readJournal, type Posted } from '../support/history.js';
import { System } from '../support/system.js';
import { Traders } from '../support/traders.js';

const run = promisify(execFile);
const stocks = ['GameStart', 'BoarCo', 'MenhirCo', 'AAPL'];
const isExecuted = ({ code }: Posted): boolean => code === 200;

describe('backup and restore of a system', function () {
  this.timeout(240_000);
  let directory: string;
  let system: System;
  let restored: System | undefined;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'stock-backup-'));
    system = await System.start();
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') {
      console.log(system.output, restored?.output);
    }
  });

  after(async () => {
    await restored?.close();
    await system.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('keeps every order that was acknowledged before it began, under its number', async () => {
    const traders = new Traders(system.url, { clients: 8, stocks });
    await delay(1_500);
    const acknowledged = traders.posted.filter(isExecuted);
    const backup = join(directory, 'backup');
    const made = await run('scripts/backup.sh', [system.dataDirectory, backup]);
    const posted = (await traders.stop()).filter(isExecuted);
    await run('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: backup });
    const volumes = join(directory, 'volumes');
    await run('scripts/restore.sh', [backup, volumes]);
    restored = await System.create({ DATA_DIR: volumes });
    restored.startAll();
    await restored.ready(60_000);
    await restored.converged(60_000);

    const [, last = ''] = /^Backed up all trades up to (\d+), verified: /m.exec(made.stdout) ?? [];
    const numbers = acknowledged.map(({ number }) => number);
    expect(numbers.length).to.be.greaterThan(100);
    expect(Number(last)).to.be.at.least(Math.max(...numbers));
    expect(posted.length, 'it traded meanwhile').to.be.greaterThan(acknowledged.length);
    const trades = new Map(readJournal(volumes).map((trade) => [trade.number, trade]));
    for (const { number, key, name, type, quantity } of acknowledged) {
      expect(trades.get(number)).to.include({ orderId: key, name, type, quantity });
    }
  });

  it('goes on from there: a known key gets its old number, a new one the next', async () => {
    const other = restored as System;
    const old = readJournal(join(directory, 'volumes'));
    const last = old.at(-1);
    if (!last) {
      throw new Error('nothing was restored');
    }
    const { orderId, name, type, quantity, number } = last;
    const again = await post(other.client, orderId, { name, type, quantity });
    const next = await post(other.client, 'first-after-restore', { name: 'AAPL', type: 'sell', quantity: 1 });
    expect([again.code, again.number]).to.deep.equal([200, number]);
    expect([next.code, next.number]).to.deep.equal([200, number + 1]);
    expect(other.output).not.to.match(/ALARM/);
  });

  it('is not restored over a running system, nor over a stopped one', async () => {
    const restoring = ['scripts/restore.sh', join(directory, 'backup'), system.dataDirectory] as const;
    const failure = async (): Promise<string> => {
      const [script, ...args] = restoring;
      const error = await run(script, args).then(
        () => undefined,
        (reason: { code: number; stderr: string }) => reason,
      );
      expect(error?.code).to.equal(1);
      return error?.stderr ?? '';
    };
    expect(await failure()).to.match(/is in use by another process/);
    await system.killAll();
    expect(await failure()).to.match(/exists: move the old files away first/);
  });
});
