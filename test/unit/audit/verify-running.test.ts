// The audit of a system that seems to run: a stand-in for its frontend, and files that change between two looks.
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { audit } from '../../../src/audit/audit.js';
import type { Report } from '../../../src/audit/report.js';
import type { Clock } from '../../../src/shared/clock.js';
import { AuditFiles } from '../../support/audit-files.js';
import { order } from '../../support/example-trades.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

/** A clock on which only sleeping takes time; what happens meanwhile is up to the test. */
class SleepClock implements Clock {
  sleeps = 0;
  readonly #during: (sleeps: number) => Promise<void>;
  #nowMs = 0;

  constructor(during: (sleeps: number) => Promise<void> = () => Promise.resolve()) {
    this.#during = during;
  }

  now(): number {
    return this.#nowMs;
  }

  async sleep(ms: number): Promise<void> {
    this.#nowMs += ms;
    this.sleeps += 1;
    await this.#during(this.sleeps);
  }

  after(): () => void {
    throw new Error('not needed');
  }
}

describe('verify, on a running system', () => {
  const directory = useTemporaryDirectory();
  let files: AuditFiles;
  let frontend: Server;
  let cluster: Record<string, unknown>;
  let url: URL;

  const replica = (id: number, changes: Record<string, unknown> = {}) => {
    const { number, checksum } = files.ledger.end;
    return {
      id,
      role: id === 1 ? 'leader' : 'follower',
      term: 3,
      last_transaction_num: number,
      checksum: checksum.toString(16).padStart(8, '0'),
      ...changes,
    };
  };

  beforeEach(async () => {
    files = await AuditFiles.write(directory());
    cluster = { leader_id: 1, term: 3, replicas: [replica(1), replica(2), replica(3)] };
    frontend = createServer((_, response) => response.end(JSON.stringify({ data: cluster })));
    frontend.listen(0, '127.0.0.1');
    await once(frontend, 'listening');
    url = new URL(`http://127.0.0.1:${(frontend.address() as AddressInfo).port}`);
  });
  afterEach(() => {
    frontend.closeAllConnections();
    frontend.close();
  });

  const look = (clock: Clock, patienceMs = 2_000): Promise<Report> =>
    audit({ dataDirectory: directory(), url, initialCatalog: undefined }, clock, patienceMs);

  it('says each role and term, and looks once if all is good', async () => {
    const clock = new SleepClock();
    const { replicas, verdict, notes, url: answered } = await look(clock);
    expect(replicas.map(({ role, term }) => `${role} ${term}`)).to.deep.equal([
      'leader 3',
      'follower 3',
      'follower 3',
    ]);
    expect([verdict, notes, answered, clock.sleeps]).to.deep.equal(['good', [], url.origin, 0]);
  });

  it('waits for a replica that lags, though the journal goes on growing', async () => {
    await files.writeLog(2, files.trades.slice(0, 2));
    cluster.replicas = [replica(1), { ...replica(2), ...end(2) }, replica(3)];
    const clock = new SleepClock(async (sleeps) => {
      await files.tradeOnce(order(`more-${sleeps}`));
      await files.writeLog(2, files.trades.slice(0, 2 + sleeps));
    });
    const { verdict, replicas, ledger, notes } = await look(clock);
    expect([verdict, clock.sleeps]).to.deep.equal(['good', 2]);
    expect(notes.join()).to.match(/^trades go on while the files are read/);
    expect([ledger.lastNumber, replicas[1]?.lastNumber, replicas[1]?.behind]).to.deep.equal([6, 4, 0]);
  });

  it('complains of a replica that runs and does not catch up in time', async () => {
    await files.writeLog(2, files.trades.slice(0, 2));
    cluster.replicas = [replica(1), { ...replica(2), ...end(2) }, replica(3)];
    const clock = new SleepClock();
    const { verdict, findings } = await look(clock);
    expect([verdict, clock.sleeps]).to.deep.equal(['wrong', 8]);
    expect(findings).to.deep.equal([
      { kind: 'lag', text: 'order-2 runs, but has not caught up: it lacks 2 trades' },
    ]);
  });

  it('looks at a lagging replica a second time, however long the first look took', async () => {
    await files.writeLog(2, files.trades.slice(0, 2));
    cluster.replicas = [replica(1), { ...replica(2), ...end(2) }, replica(3)];
    const clock = new SleepClock(() => files.writeLog(2, files.trades));
    expect([(await look(clock, 0)).verdict, clock.sleeps]).to.deep.equal(['good', 1]);
  });

  it('does not wait for a replica that is down', async () => {
    await files.writeLog(2, files.trades.slice(0, 2));
    const down = { role: 'down', term: 0, last_transaction_num: 0, checksum: undefined };
    cluster.replicas = [replica(1), replica(2, down), replica(3)];
    const clock = new SleepClock();
    const { verdict, notes, replicas } = await look(clock);
    expect([verdict, clock.sleeps]).to.deep.equal(['good', 0]);
    expect(notes).to.deep.equal(['order-2 is 2 trades behind; it catches up when it runs']);
    expect(replicas[1]).to.include({ role: 'down', behind: 2 });
  });

  it('does not take the last line of a growing file for damage', async () => {
    await appendFile(files.path('catalog/journal.csv'), '5,GameSt');
    const { verdict, notes } = await look(new SleepClock());
    expect([verdict, notes]).to.deep.equal(['good', []]);
  });

  it('looks once more before it calls a file damaged', async () => {
    const path = files.path('order-2/orders.csv');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('buy,40', 'buy,41'));
    const healing = new SleepClock(() => writeFile(path, text));
    expect([(await look(healing)).verdict, healing.sleeps]).to.deep.equal(['good', 1]);
    await writeFile(path, text.replace('buy,40', 'buy,41'));
    const patient = new SleepClock();
    expect([(await look(patient)).verdict, patient.sleeps]).to.deep.equal(['wrong', 1]);
  });

  it('complains of files that are not those of the system', async () => {
    const other = { last_transaction_num: 4, checksum: '0badc0de' };
    const more = { last_transaction_num: 9, checksum: '0badc0de' };
    cluster = { leader_id: 1, term: 4, replicas: [replica(1, other), replica(2, more), replica(3)] };
    const { findings } = await look(new SleepClock());
    expect(findings.map(({ text }) => text.replace(/ Are these.*/, ''))).to.deep.equal([
      'order-1 says that it holds 4 trades, its file has another trade 4.',
      'order-2 says that it holds 9 trades, its file has 4 trades.',
      'the system is in term 4, the journal knows only 3.',
    ]);
  });

  it('looks at the files only where nobody answers, or somebody else does', async () => {
    cluster = { hello: 'world' };
    const strange = await look(new SleepClock());
    frontend.closeAllConnections();
    frontend.close();
    const silent = await look(new SleepClock());
    expect([strange.verdict, strange.url, silent.verdict, silent.url]).to.deep.equal([
      'good',
      undefined,
      'good',
      undefined,
    ]);
    expect(strange.notes.join()).to.match(/answers, but not as our frontend/);
    expect(silent.notes.join()).to.match(/no frontend answers at /);
  });

  /** What a replica says that holds the trades up to `number`. */
  function end(number: number) {
    const checksum = files.trades[number - 1]?.checksum ?? 0;
    return { last_transaction_num: number, checksum: checksum.toString(16).padStart(8, '0') };
  }
});
