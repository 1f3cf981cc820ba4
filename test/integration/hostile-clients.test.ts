// Clients that play foul, or only differently: none of them takes anything from the others, or from itself.
import { expect } from 'chai';
import { once } from 'node:events';
import { connect as connectHttp2, type Settings } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { eventually } from '../support/eventually.js';
import { HttpClient } from '../support/http.js';
import { RawConnection, rawRequest } from '../support/raw-connection.js';
import { System } from '../support/system.js';

/** From the internal port to that of the metrics. */
const offset = 1_000;
const nothing = { name: 'GameStart', quantity: 0, type: 'buy' };
const order = (headers: Record<string, string> = {}) =>
  rawRequest('POST', '/orders', headers, JSON.stringify(nothing));
const lookup = rawRequest('GET', '/stocks/GameStart');

const numberIn = (text: string) =>
  (JSON.parse(text) as { data: { transaction_number: number } }).data.transaction_number;

describe('hostile clients', function () {
  this.timeout(60_000);
  let system: System;

  const port = () => system.environment.FRONTEND_PORT as string;
  const refused = async (): Promise<number> => {
    const count = /^stock_http_requests_total\{method="GET",route="none",status="503"\} (\d+)$/m;
    return Number(count.exec((await system.client.send({ path: '/metrics' })).text)?.[1] ?? 0);
  };
  const post = (client: HttpClient) => client.send({ method: 'POST', path: '/orders', body: nothing });

  before(async () => {
    // A busy machine must not cause an election here.
    system = await System.start({ HEARTBEAT_TIMEOUT_MS: '2000', METRICS_PORT_OFFSET: String(offset) });
    const client = new HttpClient(system.url, 64);
    await Promise.all(Array.from({ length: 1_000 }, () => post(client)));
    client.close();
    await system.inSync();
  });
  after(() => system.close());

  describe('a client that asks for pages of a thousand orders without end, and reads nothing', () => {
    it('deposes no leader, and keeps nobody from trading', async () => {
      const { term } = await system.cluster();
      const pages = Array.from({ length: 1_477 }, (_, index) =>
        // Equal ones are shared, so every other one is another page.
        rawRequest('GET', index % 2 ? `/orders?limit=1000&before=${2_000 + index}` : '/orders?limit=1000'),
      );
      const connections = await Promise.all(Array.from({ length: 4 }, () => RawConnection.open(port())));
      connections.forEach((connection) => connection.pauseReading().send(Buffer.concat(pages)));
      for (let turn = 0; turn < 20; turn += 1) {
        expect((await post(system.client)).status).to.equal(200);
      }
      const { term: termAfter, replicas } = await system.cluster();
      expect(termAfter, 'the term').to.equal(term);
      expect(replicas.map(({ role }) => role)).not.to.include('down');
      expect(system.output).not.to.match(/order replica \d is down/);
      connections.forEach((connection) => connection.close());
    });

    it('is told to try again what is more than 64, in the order of its requests', async () => {
      const connection = await RawConnection.open(port());
      const refusedBefore = await refused();
      // Only the catalog knows that there is no such order.
      system.pause('catalog');
      connection.send(Buffer.concat(Array.from({ length: 100 }, () => rawRequest('GET', '/orders/99999'))));
      await eventually(async () => expect(await refused()).to.equal(refusedBefore + 36));
      system.resume('catalog');
      const answers = [];
      for (let turn = 0; turn < 100; turn += 1) {
        answers.push(await connection.answer());
      }
      const expected = [...Array<number>(64).fill(404), ...Array<number>(36).fill(503)];
      expect(answers.map(({ status }) => status)).to.deep.equal(expected);
      for (const { headers, text } of answers.filter(({ status }) => status === 503)) {
        expect(headers).to.include({ 'retry-after': '1', 'cache-control': 'no-store' });
        expect(JSON.parse(text)).to.deep.equal({
          error: { code: 503, message: 'too many requests of this connection are unanswered, try again' },
        });
      }
      expect((await connection.send(lookup).answer()).status).to.equal(200);
      connection.close();
    });
  });

  describe('a client that asks for something without an end, and for more behind it', () => {
    const without = (headers: string) => `GET / HTTP/1.1\r\n${headers}\r\n`;
    for (const [what, request] of [
      ['requests', without('Host: x\r\n')],
      ['requests without a Host', without('')],
      ['expectations', without('Host: x\r\nExpect: x\r\n')],
    ] as const) {
      it(`has no more than 64 answers kept for it, of ${what} too`, async () => {
        const before = await refused();
        const connection = await RawConnection.open(port());
        connection.send(`${rawRequest('GET', '/events').toString()}${request.repeat(200)}`);
        await eventually(async () => expect(await refused()).to.equal(before + 201 - 64));
        connection.close();
      });
    }

    it('gets one answer of a connection to a port for metrics', async () => {
      const connection = await RawConnection.open(Number(system.environment.CATALOG_PORT) + offset);
      connection.send(Buffer.concat(Array.from({ length: 500 }, () => rawRequest('GET', '/metrics'))));
      expect((await connection.answer()).headers.connection).to.equal('close');
      expect(await connection.closes()).to.equal(true);
    });
  });

  describe('a client that has shut down its sending side', () => {
    const answered = async (toPort: string | number, bytes: Buffer, count = 1): Promise<number[]> => {
      const connection = await RawConnection.open(toPort);
      connection.send(bytes).endSending();
      const statuses: number[] = [];
      for (let turn = 0; turn < count; turn += 1) {
        statuses.push((await connection.answer()).status);
      }
      expect(await connection.closes(), 'closed by the server').to.equal(true);
      return statuses;
    };

    it('gets the answer to its order', async () => {
      expect(await answered(port(), order())).to.deep.equal([200]);
    });

    it('gets all answers that it waits for, whatever it asked', async () => {
      const requests = [lookup, order(), rawRequest('GET', '/orders?limit=5'), rawRequest('GET', '/docs')];
      expect(await answered(port(), Buffer.concat(requests), 4)).to.deep.equal([200, 200, 200, 200]);
      expect(await answered(port(), rawRequest('GET', '/nowhere'))).to.deep.equal([404]);
    });

    it('gets it at the other ports, too', async () => {
      const internal = Number(system.environment.FRONTEND_INTERNAL_PORT);
      expect(await answered(internal, rawRequest('DELETE', '/delete/GameStart'))).to.deep.equal([200]);
      expect(await answered(internal + offset, rawRequest('GET', '/metrics'))).to.deep.equal([200]);
    });
  });

  describe('a client that packs its body', () => {
    const packed = (text: string | Buffer, encoding = 'gzip') =>
      rawRequest('POST', '/orders', { 'Content-Encoding': encoding }, text);
    // What does not shrink: more than the body may be, and more than a pipe between two streams holds.
    const noise = Buffer.from(Array.from({ length: 400_000 }, () => Math.floor(Math.random() * 256)));

    it('can go on after a refusal at once, however large the body is', async () => {
      const refused: [string, Buffer, number][] = [
        ['a body that is too large unpacked', packed(gzipSync('x'.repeat(20_000_000))), 413],
        ['a body that is too large packed', packed(gzipSync(noise)), 413],
        ['a body that is not packed at all', packed(noise), 400],
        ['a body that is packed in an unknown way', packed(noise, 'zip'), 415],
        ['a body that breaks off', packed(gzipSync(noise).subarray(0, 5_000)), 400],
      ];
      for (const [what, bytes, status] of refused) {
        const connection = await RawConnection.open(port());
        expect((await connection.send(bytes).answer()).status, what).to.equal(status);
        const next = await connection.send(lookup).answer({ withinMs: 3_000 });
        expect(next.status, `after ${what}`).to.equal(200);
        connection.close();
      }
      const connection = await RawConnection.open(port());
      expect((await connection.send(packed(gzipSync(JSON.stringify(nothing)))).answer()).status).to.equal(
        200,
      );
      connection.close();
    });
  });

  describe('an Idempotency-Key', () => {
    it('behind thousands of header fields is honoured', async () => {
      const connection = await RawConnection.open(port());
      for (const count of [990, 1_010, 2_010, 3_000]) {
        const fields = Object.fromEntries(
          Array.from({ length: count }, (_, index) => [index.toString(36), '']),
        );
        const bytes = order({ ...fields, 'Idempotency-Key': `behind-${count}` });
        const [first, second] = [
          await connection.send(bytes).answer(),
          await connection.send(bytes).answer(),
        ];
        expect(first.headers['idempotency-key'], `behind ${count} fields`).to.equal(`behind-${count}`);
        expect(numberIn(second.text)).to.equal(numberIn(first.text));
      }
      connection.close();
    });

    it('that comes too late, after the body, is refused and not dropped', async () => {
      const body = JSON.stringify(nothing);
      const chunked = rawRequest('POST', '/orders', {
        'Transfer-Encoding': 'chunked',
        Trailer: 'Idempotency-Key',
      });
      const connection = await RawConnection.open(port());
      connection.send(
        `${chunked.toString()}${body.length.toString(16)}\r\n${body}\r\n0\r\nIdempotency-Key: late\r\n\r\n`,
      );
      const { status, text } = await connection.answer();
      expect(status).to.equal(400);
      expect(text).to.include('Idempotency-Key');
      connection.close();
    });
  });

  describe('a gRPC client', () => {
    for (const setting of ['CATALOG_PORT', 'ORDER_1_PORT', 'ORDER_2_PORT', 'ORDER_3_PORT']) {
      it(`at ${setting} is told how many calls of its connection may be under way`, async () => {
        const session = connectHttp2(`http://127.0.0.1:${system.environment[setting]}`);
        const [{ maxConcurrentStreams }] = (await once(session, 'remoteSettings')) as [Settings];
        session.destroy();
        expect(maxConcurrentStreams).to.equal(256);
      });
    }
  });

  describe('after all that', () => {
    it('every process lives, and none has seen an error of its own', async () => {
      await eventually(async () =>
        expect((await system.client.send({ path: '/readyz' })).status).to.equal(200),
      );
      expect(system.output).not.to.match(/failed unexpectedly|stopped by an error/);
    });
  });
});
