// Whatever is thrown at the public port: the answer has the error shape, the process lives, the connection is usable
// where HTTP allows it, and nothing is traded.
import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RawConnection, rawRequest, type RawAnswer } from '../../support/raw-connection.js';
import { System } from '../../support/system.js';
import { bodies, fields } from './body-cases.js';
import { order, sales, withName, type Case } from './case.js';
import { methods, names, paths } from './path-cases.js';
import { keys, protocol } from './protocol-cases.js';

describe('bad input', function () {
  this.timeout(30_000);
  let system: System;
  let journal: Buffer;

  const port = () => system.environment.FRONTEND_PORT as string;
  const journalFile = async () => {
    await system.viewed();
    return readFile(join(system.dataDirectory, 'catalog', 'journal.csv'));
  };
  /** When the frontend's process began, by its own account. */
  const startTime = async () =>
    /^process_start_time_seconds (\S+)/m.exec((await system.client.send({ path: '/metrics' })).text)?.[1];
  let started: string | undefined;

  before(async () => {
    // A busy machine must not cause an election here.
    system = await System.start({ HEARTBEAT_TIMEOUT_MS: '2000' });
    const first = await system.client.send({
      method: 'POST',
      path: '/orders',
      body: { name: 'GameStart', quantity: 1, type: 'sell' },
    });
    expect(first.status).to.equal(200);
    journal = await journalFile();
    started = await startTime();
  });

  after(async function () {
    if (this.test?.parent?.suites.some(({ tests }) => tests.some(({ state }) => state === 'failed'))) {
      console.log(system.output);
    }
    await system.close();
  });

  function expectErrorShape(answer: RawAnswer, { codes, message }: Case): void {
    expect(answer.status, answer.text.slice(0, 200)).to.be.oneOf([...codes]);
    expect(answer.headers['content-type'] ?? 'no content type').to.match(/^application\/json/);
    const body = JSON.parse(answer.text) as { error: { code: number; message: string } };
    expect(Object.keys(body)).to.deep.equal(['error']);
    expect(Object.keys(body.error)).to.deep.equal(['code', 'message']);
    expect(body.error.code).to.equal(answer.status);
    expect(body.error.message).to.be.a('string').with.length.within(1, 200);
    if (message !== undefined) {
      expect(body.error.message).to.equal(message);
    }
    if (answer.status === 405) {
      expect(answer.headers.allow, 'Allow').to.match(/^[A-Z]+(, [A-Z]+)*$/);
    }
  }

  const lookup = () => rawRequest('GET', '/stocks/GameStart');
  const expected = '{"data":{"name":"GameStart","price":15.99,"quantity":101}}';

  async function expectUsable(connection: RawConnection): Promise<void> {
    const { status, text } = await connection.send(lookup()).answer();
    expect(`${status} ${text}`, 'the same connection, afterwards').to.equal(`200 ${expected}`);
  }

  function stories(title: string, cases: readonly Case[]): void {
    describe(title, () => {
      for (const bad of cases) {
        it(`${bad.what}: ${bad.codes.join(' or ')}`, async () => {
          const connection = await RawConnection.open(port());
          try {
            connection.send(bad.bytes);
            if (bad.ends) {
              connection.endSending();
            }
            expectErrorShape(await connection.answer(), bad);
            const { connection: fate = 'usable afterwards' } = bad;
            if (fate === 'usable afterwards') {
              await expectUsable(connection);
            } else if (fate === 'closed afterwards') {
              expect(await connection.closes(), 'closed by the server').to.equal(true);
            }
          } finally {
            connection.close();
          }
          const { status, text } = await system.client.send({ path: '/stocks/GameStart' });
          expect(`${status} ${text}`, 'another connection').to.equal(`200 ${expected}`);
        });
      }
    });
  }

  stories('in the body of an order', bodies);
  stories('in the fields of an order', fields);
  stories('in the name of a stock', names);
  stories('in the path', paths);
  stories('in the method', methods);
  stories('in the Idempotency-Key', keys);
  stories('in the protocol', protocol);

  describe('at the other ports', () => {
    const others = ['FRONTEND_INTERNAL_PORT', 'CATALOG_PORT', 'ORDER_1_PORT', 'ORDER_2_PORT', 'ORDER_3_PORT'];
    const garbage = [
      Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10]),
      rawRequest('POST', '/OrderService/Order', {}, 'x'.repeat(100_000)),
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnot a frame at all, and then some more of the same'),
    ];
    for (const setting of others) {
      it(`survives garbage at ${setting}`, async () => {
        for (const bytes of garbage) {
          const connection = await RawConnection.open(system.environment[setting] as string);
          connection.send(bytes).endSending();
          expect(await connection.closes(5_000), 'closed by the server').to.equal(true);
          connection.close();
        }
      });
    }

    it('answers a bad path on the internal port with the error shape', async () => {
      const cases: Case[] = [
        { what: '%zz', bytes: rawRequest('DELETE', '/delete/%zz?version=x'), codes: [400, 404] },
        {
          what: 'two versions',
          bytes: rawRequest('DELETE', '/delete/GameStart?version=1&version=2'),
          codes: [400],
        },
        {
          what: 'a foreign session',
          bytes: rawRequest('DELETE', '/delete/GameStart?version=1&session=x.1'),
          codes: [409],
        },
        { what: 'PUT', bytes: rawRequest('PUT', '/delete/GameStart'), codes: [405] },
      ];
      const connection = await RawConnection.open(system.environment.FRONTEND_INTERNAL_PORT as string);
      for (const bad of cases) {
        expectErrorShape(await connection.send(bad.bytes).answer(), bad);
      }
      connection.close();
    });
  });

  it('lets nobody wait for an order that cannot be put on the wire', async () => {
    const broken = Array.from({ length: 4 }, () =>
      RawConnection.open(port()).then((c) => c.send(withName('\ud800'))),
    );
    const connections = await Promise.all(broken);
    const startMs = performance.now();
    const others = await Promise.all(
      Array.from({ length: 40 }, () =>
        system.client.send({
          method: 'POST',
          path: '/orders',
          body: { name: 'GameStart', quantity: -1, type: 'buy' },
        }),
      ),
    );
    const tookMs = performance.now() - startMs;
    connections.forEach((connection) => connection.close());
    expect(others.map(({ status }) => status)).to.deep.equal(others.map(() => 404));
    expect(tookMs).to.be.below(2_000);
  });

  it('answers requests that come all at once, in their order, and drops what follows a bad one', async () => {
    const connection = await RawConnection.open(port());
    const wrong = order('{"name":"GameStart"}');
    connection.send(
      Buffer.concat([lookup(), wrong, lookup(), order(sales, { 'Content-Length': '-1' }), lookup()]),
    );
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1) {
      statuses.push((await connection.answer()).status);
    }
    expect(statuses).to.deep.equal([200, 400, 200, 400]);
    expect(await connection.closes()).to.equal(true);
    connection.close();
  });

  it('survives clients that leave in the middle', async () => {
    const connections = await Promise.all(Array.from({ length: 50 }, () => RawConnection.open(port())));
    connections.forEach((connection, index) => {
      connection.send(
        index % 2 === 0 ? 'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"na' : 'GET /sto',
      );
    });
    connections.forEach((connection) => connection.close());
    await expectUsable(await RawConnection.open(port()));
  });

  describe('after all that', () => {
    it('is still the same process, and has seen no error of its own', async () => {
      expect(await startTime()).to.equal(started);
      expect(system.output).not.to.include('failed unexpectedly');
      expect(system.output).not.to.include('no longer the leader');
    });

    it('has not written a byte to the journal, and trades under the next number', async () => {
      expect((await journalFile()).equals(journal), 'journal.csv unchanged').to.equal(true);
      const next = await system.client.send({
        method: 'POST',
        path: '/orders',
        body: { name: 'GameStart', quantity: 1, type: 'buy' },
      });
      expect(next.text).to.equal('{"data":{"transaction_number":2}}');
    });
  });
});
