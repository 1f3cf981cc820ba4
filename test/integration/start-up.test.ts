// A process that cannot run as it is set up stops at once, says in one sentence what to change, and changes nothing.
import { expect } from 'chai';
import { once } from 'node:events';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chainChecksum, sealLine } from '../../src/shared/sealed-csv.js';
import { contents, outcome, type Outcome } from '../support/process-outcome.js';
import { System, type ServiceName } from '../support/system.js';

/** Lines of a sealed file, without their checksums, sealed anew: what an edit by somebody who knows the format gives. */
function resealed(lines: readonly string[]): string {
  const [header = '', ...rows] = lines;
  let checksum = 0;
  return `${header}\n${rows
    .map((row) => {
      const fields = row.slice(0, row.lastIndexOf(','));
      checksum = chainChecksum(fields, checksum);
      return sealLine(fields, checksum);
    })
    .join('')}`;
}

const asText = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

/** Lines with the ones at two positions swapped. */
function swapped(lines: readonly string[], a: number, b: number): string[] {
  return lines.map((line, index) => (index === a ? lines[b] : index === b ? lines[a] : line) as string);
}

describe('a process that starts', function () {
  this.timeout(30_000);
  /** State of an orderly stopped system with eight trades. */
  let template: string;
  let system: System;

  before(async () => {
    template = await mkdtemp(join(tmpdir(), 'stock-template-'));
    const first = await System.start({ SNAPSHOT_INTERVAL_MS: '50' });
    for (let turn = 0; turn < 8; turn += 1) {
      const body = { name: turn % 2 ? 'AAPL' : 'GameStart', quantity: turn + 1, type: 'sell' };
      expect((await first.client.send({ method: 'POST', path: '/orders', body })).status).to.equal(200);
    }
    await first.converged();
    for (const name of ['frontend', 'order-3', 'order-2', 'order-1', 'catalog'] as const) {
      await first.kill(name, 'SIGTERM');
    }
    await cp(first.dataDirectory, template, { recursive: true });
    await first.close();
  });

  after(() => rm(template, { recursive: true, force: true }));

  beforeEach(async () => {
    system = await System.create();
  });

  afterEach(async () => {
    await system.close();
  });

  const file = (...names: string[]) => join(system.dataDirectory, ...names);
  const start = (name: ServiceName, settings: Record<string, string> = {}) =>
    outcome(system.launch(name, settings));
  const useTemplate = () => cp(template, system.dataDirectory, { recursive: true });

  /** Asserts that the process has stopped as it should, and that its last words are few and to the point. */
  function expectRefusal({ exitCode, stderr, tookMs }: Outcome, ...sayings: (string | RegExp)[]): void {
    expect(exitCode, stderr).to.equal(78);
    for (const saying of sayings) {
      if (typeof saying === 'string') {
        expect(stderr).to.include(saying);
      } else {
        expect(stderr).to.match(saying);
      }
    }
    expect(stderr.trim().split('\n'), 'one sentence').to.have.length(1);
    expect(stderr, 'no stack').not.to.match(/^\s+at /m);
    expect(tookMs).to.be.below(5_000);
  }

  async function expectUnchanged(act: () => Promise<void>): Promise<void> {
    const before = await contents(system.dataDirectory);
    await act();
    expect(await contents(system.dataDirectory)).to.deep.equal(before);
  }

  describe('with a catalog.csv that', () => {
    const header = 'Name,Price,Quantity,Volume,Version';
    const good = 'AAPL,189.95,100,0,0';
    const cases: [string, string[], number, string | RegExp][] = [
      ['has a price that is none', [header, good, 'AMZN,cheap,100,0,0'], 3, '"cheap" is not a price of AMZN'],
      ['has half a share', [header, 'AMZN,1,1.5,0,0', good], 2, '"1.5" is not a Quantity of AMZN'],
      ['lists a stock twice', [header, good, 'AMZN,1,1,0,0', good], 4, 'the stock AAPL is listed twice'],
      ['has a row with a column too few', [header, good, 'AMZN,1,1,0'], 3, /column/i],
      ['has a row with a column too many', [header, good, 'AMZN,1,1,0,0,0'], 3, /column/i],
      ['has an unclosed quote', [header, good, '"AMZN,1,1,0,0'], 3, "missing closing: '\"'"],
      ['has no header', [good, 'AMZN,1,1,0,0'], 1, 'the header must be Name,Price,Quantity,Volume,Version'],
      ['is binary', ['\0\x01\x02\xff\xfe', '\0\0\0'], 1, 'the header must be'],
    ];
    for (const [what, lines, row, saying] of cases) {
      it(`${what}, stops and names the row`, async () => {
        await mkdir(file('catalog'));
        await writeFile(file('catalog', 'catalog.csv'), asText(lines));
        await expectUnchanged(async () => {
          const result = await start('catalog');
          expectRefusal(
            result,
            file('catalog', 'catalog.csv'),
            new RegExp(`catalog\\.csv, (row|line) ${row}:`),
            saying,
          );
        });
      });
    }

    it('is empty, stops and says so', async () => {
      await mkdir(file('catalog'));
      await writeFile(file('catalog', 'catalog.csv'), '');
      await expectUnchanged(async () =>
        expectRefusal(await start('catalog'), file('catalog', 'catalog.csv'), 'lists no stock'),
      );
    });
  });

  describe('with an initial catalog that', () => {
    it('a spreadsheet wrote (three columns, other case, byte order mark, CRLF, quotes), uses it', async () => {
      await writeFile(
        file('mine.csv'),
        '\uFEFFname,PRICE,"Quantity"\r\n"Acorn & Sons",1.5,30\r\n\r\nZebra-Co, 1200 ,0\r\n',
      );
      system.environment.INITIAL_CATALOG = file('mine.csv');
      system.startAll();
      await system.ready();
      const { json } = await system.client.send({ path: '/stocks' });
      expect(json).to.deep.equal({
        data: [
          { name: 'Acorn & Sons', price: 1.5, quantity: 30 },
          { name: 'Zebra-Co', price: 1200, quantity: 0 },
        ],
      });
      const body = { name: 'Acorn & Sons', quantity: 30, type: 'buy' };
      const bought = await system.client.send({ method: 'POST', path: '/orders', body });
      expect(bought.text).to.equal('{"data":{"transaction_number":1}}');
      const shown = await system.client.send({ path: '/stocks/Acorn%20%26%20Sons' });
      expect(shown.text).to.equal('{"data":{"name":"Acorn & Sons","price":1.5,"quantity":0}}');
      await system.kill('catalog', 'SIGTERM');
      expect(await readFile(file('catalog', 'catalog.csv'), 'utf8')).to.equal(
        'Name,Price,Quantity,Volume,Version\nAcorn & Sons,1.5,0,30,1\nZebra-Co,1200,0,0,0\n',
      );
    });

    it('lies beside catalog.csv, prefers that one', async () => {
      await mkdir(file('catalog'));
      await writeFile(file('catalog', 'initial_catalog.csv'), 'Name,Price,Quantity\nOnly,1.00,1\n');
      expect((await start('catalog')).stdout).to.include('with 1 stocks and 0 trades');
    });

    it('does not exist, stops', async () => {
      const result = await start('catalog', { INITIAL_CATALOG: file('nowhere.csv') });
      expectRefusal(result, file('nowhere.csv'), 'INITIAL_CATALOG');
    });

    it('is a directory, stops', async () => {
      await mkdir(file('folder'));
      expectRefusal(await start('catalog', { INITIAL_CATALOG: file('folder') }), file('folder'));
    });
  });

  describe('on a port that is taken', () => {
    let blocker: Server;
    let port: string;

    beforeEach(async () => {
      blocker = createServer().listen(0, '127.0.0.1');
      await once(blocker, 'listening');
      port = String((blocker.address() as AddressInfo).port);
    });

    afterEach(() => {
      blocker.close();
    });

    const cases: [ServiceName, string][] = [
      ['frontend', 'FRONTEND_PORT'],
      ['frontend', 'FRONTEND_INTERNAL_PORT'],
      ['catalog', 'CATALOG_PORT'],
      ['order-2', 'ORDER_2_PORT'],
    ];
    for (const [service, setting] of cases) {
      it(`stops and names ${setting}`, async () => {
        await useTemplate();
        await expectUnchanged(async () =>
          expectRefusal(
            await start(service, { [setting]: port }),
            `cannot listen on 127.0.0.1:${port}`,
            setting,
          ),
        );
      });
    }

    it('stops on an address that is not this machine, and on a host name that is none', async () => {
      for (const [service, setting] of [
        ['frontend', 'FRONTEND_PORT'],
        ['catalog', 'CATALOG_PORT'],
      ] as const) {
        for (const host of ['203.0.113.7', 'no-such-host.invalid']) {
          const result = await start(service, { BIND_HOST: host, [setting]: port });
          expectRefusal(result, host);
        }
      }
    });
  });

  describe('with a DATA_DIR that', () => {
    for (const service of ['catalog', 'order-1'] as const) {
      it(`is a file, stops (${service})`, async () => {
        await writeFile(file('a-file'), 'keep me');
        await expectUnchanged(async () => {
          const result = await start(service, { DATA_DIR: file('a-file') });
          expectRefusal(result, join(file('a-file'), service), 'cannot be written', 'DATA_DIR');
        });
      });

      it(`holds a file where its folder should be, stops (${service})`, async () => {
        await writeFile(file(service), 'keep me');
        await expectUnchanged(async () => expectRefusal(await start(service), file(service), 'DATA_DIR'));
      });

      it(`cannot be written, stops (${service})`, async function () {
        if (process.platform !== 'linux') {
          this.skip();
        }
        // Not even the superuser can make a directory there; in /proc it does not even exist when asked for.
        for (const directory of ['/sys', '/proc']) {
          const result = await start(service, { DATA_DIR: directory });
          expectRefusal(result, `${directory}/${service}`, 'cannot be written', 'DATA_DIR');
        }
      });
    }

    for (const [service, name] of [
      ['catalog', 'journal.csv'],
      ['catalog', 'catalog.csv'],
      ['order-1', 'orders.csv'],
    ] as const) {
      it(`holds a directory in place of ${name}, stops`, async () => {
        await mkdir(file(service, name), { recursive: true });
        expectRefusal(await start(service), file(service, name));
      });
    }
  });

  describe('with a wrong setting', () => {
    const wrong: [string, string][] = [
      ['FRONTEND_PORT', '65536'],
      ['LEASE_MS', '300ms'],
      ['CATALOG_ADDRESS', 'http://localhost:1'],
      ['REPLICA_ID', '4'],
    ];
    for (const [setting, value] of wrong) {
      it(`${setting}=${value} stops and names it`, async () => {
        expectRefusal(await start('order-1', { [setting]: value }), `${setting}=${value}`);
      });
    }

    it('reports all mistakes together', async () => {
      const settings = { FRONTEND_PORT: 'x', CACHE_SIZE: '-1', LEASE_MS: '1', LOG_FORMAT: 'xml' };
      for (const service of ['frontend', 'catalog', 'order-1'] as const) {
        const { exitCode, stderr } = await start(service, settings);
        const lines = stderr.trim().split('\n');
        expect(exitCode).to.equal(78);
        expect(lines.map((line) => line.split('=')[0])).to.have.members(Object.keys(settings));
      }
      expect(await contents(system.dataDirectory)).to.deep.equal({});
    });

    it('an order process without REPLICA_ID stops', async () => {
      expectRefusal(await start('order-1', { REPLICA_ID: '' }), 'REPLICA_ID is not set');
    });

    it('takes an empty value for one that is not set', async () => {
      expect((await start('catalog', { LEASE_MS: '', CACHE_SIZE: ' ' })).exitCode).to.equal(undefined);
    });
  });

  describe('on a directory that another process uses', () => {
    for (const service of ['catalog', 'order-1'] as const) {
      it(`stops, and lets the first ${service} be`, async () => {
        const first = await System.create({ DATA_DIR: system.dataDirectory });
        try {
          expect((await outcome(first.launch(service))).exitCode).to.equal(undefined);
          await expectUnchanged(async () => {
            const result = await start(service);
            expectRefusal(result, file(service), 'in use by another process', 'DATA_DIR');
          });
        } finally {
          await first.close();
        }
        expect((await start(service)).exitCode, 'once the first one is gone').to.equal(undefined);
      });
    }
  });

  // The header is line 1. The journal has the granted term before its trades, an order log has not.
  for (const [service, name, firstTradeLine] of [
    ['catalog', 'journal.csv', 3],
    ['order-1', 'orders.csv', 2],
  ] as const) {
    describe(`with a ${name} that`, () => {
      const path = () => file(service, name);
      /** Index of trade `number` among the lines. */
      const at = (number: number) => firstTradeLine + number - 2;
      let lines: string[];

      beforeEach(async () => {
        await useTemplate();
        lines = (await readFile(path(), 'utf8')).trimEnd().split('\n');
        expect(lines).to.have.length(at(8) + 1);
      });

      /** The lines with the one of a trade changed. */
      const changed = (number: number, from: string | RegExp, to: string) =>
        lines.with(at(number), (lines[at(number)] as string).replace(from, to));

      /** What was done, the file after it, and the trade whose line is named; 0: the header. */
      const edits: [string, () => string, number][] = [
        ['has a wrong number', () => asText(changed(4, /^4,/, '7,')), 4],
        ['has two lines swapped', () => asText(swapped(lines, at(4), at(5))), 4],
        ['lacks a line', () => asText(lines.toSpliced(at(4), 1)), 4],
        ['has a changed last line', () => asText(changed(8, ',8,', ',9,')), 8],
        ['has a wrong number under the right checksum', () => resealed(changed(4, /^4,/, '7,')), 4],
      ];
      if (service === 'catalog') {
        edits.push(
          ['has a line twice', () => asText(lines.toSpliced(at(4), 0, lines[at(4)] as string)), 5],
          ['has a line of garbage', () => asText(lines.with(at(4), '\0\x01garbage')), 4],
          ['lacks a line and is sealed anew', () => resealed(lines.toSpliced(at(4), 1)), 4],
          ['has an unknown type and is sealed anew', () => resealed(changed(4, ',sell,', ',steal,')), 4],
          ['has Windows line ends', () => lines.map((line) => `${line}\r\n`).join(''), 0],
          ['lacks its header', () => asText(lines.slice(1)), 0],
        );
      }
      for (const [what, edit, number] of edits) {
        it(`${what}, stops and names the line`, async () => {
          await writeFile(path(), edit());
          const line = number === 0 ? 1 : at(number) + 1;
          await expectUnchanged(async () => expectRefusal(await start(service), `${path()}:${line}: `));
        });
      }

      for (const torn of ['9,GameSt', '\0\0\0\0']) {
        it(`ends with the torn line ${JSON.stringify(torn)}, is cut there and starts`, async () => {
          const whole = await readFile(path(), 'utf8');
          await appendFile(path(), torn);
          const { exitCode, stdout } = await start(service);
          expect(exitCode).to.equal(undefined);
          expect(stdout).to.include(`${name}: dropped ${torn.length} bytes`);
          expect(stdout).to.include(service === 'catalog' ? '10 stocks and 8 trades' : 'with 8 orders');
          expect(await readFile(path(), 'utf8')).to.equal(whole);
        });
      }

      it('lost its last bytes, is cut to the line before and starts', async () => {
        if (service === 'catalog') {
          // As after a crash: the snapshot has not seen the trade whose line is torn.
          await rm(file('catalog', 'catalog.csv'));
        }
        const whole = await readFile(path(), 'utf8');
        await writeFile(path(), whole.slice(0, -5));
        const { stdout } = await start(service);
        expect(stdout).to.include(service === 'catalog' ? '10 stocks and 7 trades' : 'with 7 orders');
        expect(await readFile(path(), 'utf8')).to.equal(asText(lines.slice(0, -1)));
      });

      it('has a torn header only, starts from nothing', async () => {
        await rm(file('catalog', 'catalog.csv'));
        await writeFile(path(), 'Transac');
        expect((await start(service)).exitCode).to.equal(undefined);
        expect(await readFile(path(), 'utf8')).to.equal('');
      });
    });
  }

  it('with a journal.csv whose trades never were possible, stops and names the line', async () => {
    await useTemplate();
    await rm(file('catalog', 'catalog.csv'));
    const lines = (await readFile(file('catalog', 'journal.csv'), 'utf8')).trimEnd().split('\n');
    const edited = lines.with(5, (lines[5] as string).replace(',sell,4,', ',buy,4000,'));
    await writeFile(file('catalog', 'journal.csv'), resealed(edited));
    await expectUnchangedButCatalog(async () =>
      expectRefusal(
        await start('catalog'),
        `${file('catalog', 'journal.csv')}:6: `,
        'more of "AAPL" than there is',
      ),
    );
  });

  /** The copy of the initial catalog may be made. */
  async function expectUnchangedButCatalog(act: () => Promise<void>): Promise<void> {
    const before = await contents(system.dataDirectory);
    await act();
    const { [file('catalog', 'catalog.csv')]: _, ...after } = await contents(system.dataDirectory);
    expect(after).to.deep.equal(before);
  }

  describe('with a catalog.csv ahead of the journal', () => {
    it('stops when trades are missing from the journal', async () => {
      await useTemplate();
      const text = await readFile(file('catalog', 'journal.csv'), 'utf8');
      await writeFile(file('catalog', 'journal.csv'), text.split('\n').slice(0, 7).join('\n').concat('\n'));
      await expectUnchanged(async () =>
        expectRefusal(await start('catalog'), file('catalog', 'catalog.csv'), 'journal.csv', '8', '5'),
      );
    });

    it('stops when there is no journal at all, and does not make one', async () => {
      await useTemplate();
      await rm(file('catalog', 'journal.csv'));
      await expectUnchanged(async () =>
        expectRefusal(await start('catalog'), file('catalog', 'catalog.csv'), 'journal.csv'),
      );
    });

    it('starts from the initial catalog and the journal when catalog.csv is gone', async () => {
      await useTemplate();
      const before = await readFile(file('catalog', 'catalog.csv'), 'utf8');
      await rm(file('catalog', 'catalog.csv'));
      expect((await start('catalog')).stdout).to.include('10 stocks and 8 trades');
      await system.kill('catalog', 'SIGTERM');
      expect(await readFile(file('catalog', 'catalog.csv'), 'utf8')).to.equal(before);
    });
  });

  it('from an orderly stopped state, takes over all of it', async () => {
    await useTemplate();
    await expectUnchanged(async () => {
      expect((await start('catalog')).stdout).to.include('10 stocks and 8 trades');
      expect((await start('order-1')).stdout).to.include('with 8 orders');
      await system.kill('catalog', 'SIGTERM');
      await system.kill('order-1', 'SIGTERM');
    });
  });
});
