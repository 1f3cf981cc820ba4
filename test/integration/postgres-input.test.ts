// Databases that cannot be used, each with the sentence that says so; and the ledger's way into a database and back.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { runStock } from '../support/command-line.js';
import { post } from '../support/history.js';
import { needsPostgres, PostgresServer } from '../support/postgres-server.js';
import { postgresSystem } from '../support/postgres-system.js';
import { serviceNames, System } from '../support/system.js';

const order = { name: 'GameStart', quantity: 1, type: 'sell' };

/** Runs `stock ledger …`, told of the database as a careful user tells it. */
function ledger(url: string, ...args: readonly string[]): { status: number | null; text: string } {
  const { LEDGER_URL: _ours, ...environment } = process.env;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['dist/src/cli/stock.js', 'ledger', ...args],
    { encoding: 'utf8', timeout: 60_000, env: { ...environment, ...(url && { LEDGER_URL: url }) } },
  );
  return { status, text: stdout + stderr };
}

async function readiness(system: System): Promise<number> {
  return (await system.client.send({ path: '/readyz' })).status;
}

describe('a database that cannot be used', function () {
  this.timeout(90_000);
  needsPostgres();
  let server: PostgresServer;
  let system: System | undefined;
  /** For directories beside that of a system. */
  let elsewhere: string;

  before(async () => {
    server = await PostgresServer.start();
    elsewhere = mkdtempSync(join(tmpdir(), 'stock-ledgers-'));
  });

  after(async () => {
    rmSync(elsewhere, { recursive: true });
    await server.close();
  });

  afterEach(async () => {
    await system?.close();
    system = undefined;
  });

  /** What a catalog says that stops at its start. */
  async function lastWords(url: string, settings: Record<string, string> = {}): Promise<string> {
    const created = await postgresSystem(url, settings);
    system = created;
    const child = created.launch('catalog');
    await eventually(() => expect(child.exitCode).to.equal(78));
    return created.output.trim();
  }

  it('is one that LEDGER_URL does not name', async () => {
    expect(await lastWords('')).to.equal('LEDGER=postgres is not valid: it needs LEDGER_URL, too');
    const wrong = await lastWords('mysql://secret@localhost/stocks');
    expect(wrong).to.equal('LEDGER_URL=… is not valid: must be like postgres://user:password@host:5432/name');
  });

  it('is one that does not exist', async () => {
    const url = server.url.replace(/stocks$/, 'nothing');
    expect(await lastWords(url)).to.equal(
      `LEDGER_URL: ${url.replace('stock@', '')}: database "nothing" does not exist`,
    );
  });

  it('is one that does not know the user, or another password; the password is not shown', async () => {
    const url = server.url.replace('stock@', 'nobody:secret-word@');
    const words = await lastWords(url);
    expect(words).to.include('role "nobody" does not exist');
    expect(words).not.to.include('secret-word');
  });

  it('is one that expects another password', async () => {
    await server.addRole('guest', 'the-right-one');
    const words = await lastWords(server.url.replace('stock@', 'guest:the-wrong-one@'));
    expect(words).to.include('password authentication failed for user "guest"');
    expect(words).not.to.include('the-wrong-one');
  });

  it('is one whose tables are of a later version', async () => {
    await server.query('CREATE DATABASE later', 'postgres');
    await server.query(
      'CREATE TABLE schema_version (version integer NOT NULL); INSERT INTO schema_version VALUES (99)',
      'later',
    );
    expect(await lastWords(server.url.replace(/stocks$/, 'later'))).to.equal(
      'the tables of the database are of version 99, this program knows up to 1: start a newer one',
    );
  });

  it('is waited for when it does not answer, with one sentence', async () => {
    const running = await postgresSystem('postgres://stock@127.0.0.1:1/stocks');
    system = running;
    running.launch('catalog');
    await eventually(() => expect(running.output).to.include('waiting for the database'));
    await delay(1_500);
    const lines = running.output.split('\n').filter((line) => line.includes('waiting for the database'));
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.include('ECONNREFUSED');
  });

  it('is a standby: it is waited for, as it may be promoted, and says so', async () => {
    const primary = await PostgresServer.start();
    const standby = await primary.synchronousStandby();
    try {
      const running = await postgresSystem(standby.url);
      system = running;
      running.startAll();
      await eventually(() => expect(running.output).to.include('is a read-only standby'));
      await primary.end();
      await standby.promote();
      await running.ready();
      expect((await post(running.client, randomUUID(), order)).code).to.equal(200);
    } finally {
      await standby.close();
      await primary.close();
    }
  });

  it('has no room: trades get 503 and are not done, lookups go on, and so do trades when there is room', async () => {
    await server.query('CREATE DATABASE crowded', 'postgres');
    const url = server.url.replace(/stocks$/, 'crowded');
    const running = await postgresSystem(url);
    system = running;
    running.startAll();
    await running.ready();
    const keys = [randomUUID(), randomUUID(), randomUUID()] as const;
    expect((await post(running.client, keys[0], order)).number).to.equal(1);
    // As a full disk does it, with the same error.
    await server.query(
      `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
       CREATE TRIGGER no_room BEFORE INSERT ON trades FOR EACH ROW EXECUTE FUNCTION no_room()`,
      'crowded',
    );
    const refused = await post(running.client, keys[1], order);
    const lookup = await running.client.send({ path: '/stocks/GameStart' });
    expect([refused.code, lookup.status]).to.deep.equal([503, 200]);
    expect(refused.message).to.equal('the disk is full, try again later with the same Idempotency-Key');
    // And it goes on saying so, as nothing has shown that there is room again.
    await eventually(async () => expect(await readiness(running)).to.equal(503));
    for (const endMs = Date.now() + 2_500; Date.now() < endMs; await delay(50)) {
      expect(await readiness(running)).to.equal(503);
    }
    await server.query('DROP TRIGGER no_room ON trades', 'crowded');
    await running.ready();
    expect((await post(running.client, keys[2], order)).number).to.equal(2);
    expect(await server.query('SELECT order_id FROM trades ORDER BY number', 'crowded')).to.deep.equal([
      { order_id: keys[0] },
      { order_id: keys[2] },
    ]);
  });

  it('gets the ledger of the files, and gives it back', async () => {
    const files = await System.start();
    try {
      for (const quantity of [1, 2, 3]) {
        await post(files.client, randomUUID(), { ...order, quantity });
      }
      await post(files.client, randomUUID(), { ...order, quantity: 2_147_483_647, type: 'buy' });
      for (const name of ['frontend', 'order-1', 'order-2', 'order-3', 'catalog'] as const) {
        await files.kill(name, 'SIGTERM');
      }
      await server.query('CREATE DATABASE moved', 'postgres');
      const url = server.url.replace(/stocks$/, 'moved');
      const imported = ledger(url, 'import', files.dataDirectory);
      expect(imported).to.deep.equal({
        status: 0,
        text: '3 trades, 5 records, 10 stocks: written and compared.\n',
      });
      const again = ledger(url, 'import', files.dataDirectory);
      expect(again.status).to.equal(1);
      expect(again.text).to.include('the database has a ledger already');

      const copy = join(files.dataDirectory, 'copy');
      expect(ledger(url, 'export', copy)).to.deep.equal({
        status: 0,
        text: '3 trades, 5 records, 10 stocks: written and compared.\n',
      });
      const journal = (directory: string) => readFileSync(join(directory, 'catalog', 'journal.csv'), 'utf8');
      expect(journal(copy)).to.equal(journal(files.dataDirectory));
      expect(ledger(url, 'export', copy).status).to.equal(1);

      // The replicas go on with it, and nothing is lost.
      const settings = { LEDGER: 'postgres', LEDGER_URL: url };
      Object.assign(files.environment, settings);
      files.startAll();
      await files.ready();
      expect((await post(files.client, randomUUID(), order)).number).to.equal(4);
    } finally {
      await files.close();
    }
  });

  it('leaves files that nobody takes for a ledger, though nothing is said of the database', async () => {
    const running = await postgresSystem(server.url);
    system = running;
    running.startAll();
    await running.ready();
    const { number } = await post(running.client, randomUUID(), order);
    const { dataDirectory } = running;
    const target = join(dataDirectory, 'backup');
    const backup = await runStock(['backup', target, '--data-dir', dataDirectory]);
    expect(backup.stdout).to.equal(`Backed up all trades up to ${number}, verified: ${target}\n`);

    for (const name of serviceNames) {
      await running.kill(name, 'SIGTERM');
    }
    const refusal =
      /the files in .*catalog are views of a database, and may be behind: "stock ledger export"/;
    const here = ['--data-dir', dataDirectory];
    for (const command of [
      ['begin-anew', '--to', join(dataDirectory, 'anew'), ...here],
      ['ledger', 'import', dataDirectory, '--ledger-url', server.url],
    ]) {
      const { status, stderr } = await runStock(command);
      expect(status, command[0]).to.equal(2);
      expect(stderr).to.match(refusal);
    }
    const child = running.launch('catalog', { LEDGER: 'csv' });
    await eventually(() => expect(child.exitCode).to.equal(78));
    expect(running.output).to.match(refusal);

    // Whatever puts a ledger there in their place takes the mark away.
    const mark = join('catalog', 'VIEWS-OF-A-DATABASE.txt');
    const isMarked = (directory: string) => existsSync(join(directory, mark));
    expect([isMarked(dataDirectory), isMarked(target)]).to.deep.equal([true, false]);
    for (const [name, ...command] of [
      ['rebuilt', 'rebuild-catalog', '--force', '--data-dir'],
      ['exported', 'ledger', 'export', '--ledger-url', server.url],
      ['restored', 'restore', target, '--data-dir'],
    ] as const) {
      const there = join(elsewhere, name);
      const isKept = (path: string) => name === 'rebuilt' || !path.endsWith('.csv');
      cpSync(dataDirectory, there, { recursive: true, filter: isKept });
      expect(isMarked(there), name).to.equal(true);
      const { status, stderr } = await runStock([...command, there]);
      expect([status, isMarked(there)], `${name}: ${stderr}`).to.deep.equal([0, false]);
    }
    Object.assign(running.environment, { LEDGER: 'csv', DATA_DIR: join(elsewhere, 'exported') });
    running.startAll();
    await running.ready();
    expect((await post(running.client, randomUUID(), order)).number).to.equal(number + 1);
  });

  it('lets nobody back up the views of a catalog that may stand by', async () => {
    const directory = join(elsewhere, 'standby');
    expect(ledger(server.url, 'export', directory).status).to.equal(0);
    writeFileSync(join(directory, 'catalog', 'VIEWS-OF-A-DATABASE.txt'), '');
    const { status, stderr } = await runStock(['backup', join(elsewhere, 'copy'), '--data-dir', directory]);
    expect(status).to.equal(1);
    expect(stderr).to.match(/views of a database, and no order log is here .* "stock ledger export"/);
  });

  it('is told apart from a directory without a ledger', () => {
    const answer = ledger('', 'import', '/tmp/no-such-directory', '--ledger-url', server.url);
    expect(answer.status).to.equal(2);
    expect(answer.text).to.include('there is no ledger in');
    const nowhere = ledger('', 'import', '/tmp/no-such-directory');
    expect(nowhere.status).to.equal(2);
    expect(nowhere.text).to.include('--ledger-url');
    execFileSync('rm', ['-rf', '/tmp/no-such-directory']);
  });
});
