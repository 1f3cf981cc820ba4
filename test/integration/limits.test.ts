// What the public port takes, and what becomes of more: slow clients, many connections, many requests, many orders.
import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient, type Answer } from '../support/http.js';
import { RawConnection, rawRequest } from '../support/raw-connection.js';
import { System } from '../support/system.js';

const order = { name: 'GameStart', quantity: 1, type: 'sell' };
const lookup = () => rawRequest('GET', '/stocks/GameStart');

describe('limits of the public port', function () {
  this.timeout(60_000);
  let system: System | undefined;

  const start = async (settings: Record<string, string>): Promise<System> =>
    (system = await System.start(settings));
  const port = ({ environment }: System): string => environment.FRONTEND_PORT as string;

  afterEach(async () => {
    await system?.close();
    system = undefined;
  });

  it('cuts off clients that send their head or their body too slowly, and nobody else', async () => {
    const running = await start({});
    const head = await RawConnection.open(port(running));
    const body = await RawConnection.open(port(running));
    const idle = await RawConnection.open(port(running));
    expect((await idle.send(lookup()).answer()).status).to.equal(200);
    const startMs = performance.now();
    const endMs = new Map<string, number>();
    head.send('GET /stocks/GameStart HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    body.send('POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"name":"');
    const drip = setInterval(() => {
      head.send('x');
      body.send('x');
    }, 500);
    const ended = async (name: string, connection: RawConnection) => {
      const { status } = await connection.answer({ withinMs: 30_000 });
      endMs.set(name, performance.now() - startMs);
      expect(status, name).to.equal(408);
      expect(await connection.closes(), `${name} is closed`).to.equal(true);
    };
    await Promise.all([ended('head', head), ended('body', body)]).finally(() => clearInterval(drip));
    expect(endMs.get('head')).to.be.within(9_500, 13_000);
    expect(endMs.get('body')).to.be.within(19_500, 23_000);
    expect((await idle.send(lookup()).answer()).status).to.equal(200);
    idle.close();
  });

  it('closes the connections that are too many, and takes new ones when others have gone', async () => {
    const running = await start({ MAX_CONNECTIONS: '12' });
    const connections = await Promise.all(
      Array.from({ length: 20 }, () => RawConnection.open(port(running))),
    );
    await delay(200);
    const [closed, open] = [true, false].map((is) => connections.filter((each) => each.closed === is));
    // The one that waited for the system is open, too.
    expect([closed?.length, open?.length]).to.deep.equal([9, 11]);
    for (const connection of open ?? []) {
      expect((await connection.send(lookup()).answer()).status).to.equal(200);
    }
    connections.forEach((connection) => connection.close());
    await delay(200);
    const late = await RawConnection.open(port(running));
    expect((await late.send(lookup()).answer()).status).to.equal(200);
    late.close();
  });

  it('keeps ten times too many requests away from the others, and is itself again at once', async () => {
    const perSecond = 200;
    const running = await start({ RATE_LIMIT_TOTAL: String(perSecond) });
    const client = new HttpClient(running.url, 40);
    const latenciesMs: number[] = [];
    const refused: Answer[] = [];
    const send = async () => {
      const sentMs = performance.now();
      const answer = await client.send({ method: 'POST', path: '/orders', body: order });
      if (answer.status === 200) {
        latenciesMs.push(performance.now() - sentMs);
      } else {
        refused.push(answer);
      }
    };
    const seconds = 4;
    const sent: Promise<void>[] = [];
    for (let turn = 0; turn < seconds * 100; turn += 1) {
      sent.push(...Array.from({ length: (perSecond * 10) / 100 }, send));
      await delay(10);
    }
    await Promise.all(sent);
    // A full bucket to begin with, and what flowed into it meanwhile; `delay` is never too short.
    expect(latenciesMs.length).to.be.within(perSecond * seconds, perSecond * seconds * 3);
    expect(refused.length).to.be.greaterThan(sent.length / 2);
    for (const { status, headers, json } of refused) {
      expect(status).to.equal(429);
      expect(headers).to.include({ 'retry-after': '1', 'cache-control': 'no-store' });
      expect(headers['x-request-id']).to.be.a('string');
      expect(json).to.deep.equal({ error: { code: 429, message: 'too many requests, try again later' } });
    }
    await delay(1_000);
    expect((await client.send({ method: 'POST', path: '/orders', body: order })).status).to.equal(200);
    expect((await client.send({ path: '/metrics' })).text).to.match(
      /stock_http_requests_total\{method="POST",route="none",status="429"\} \d+/,
    );
    client.close();
  });

  it('answers those who watch over it however many others ask', async () => {
    const { client } = await start({ RATE_LIMIT_PER_CALLER: '5' });
    const statuses = async (path: string) =>
      Promise.all(Array.from({ length: 30 }, async () => (await client.send({ path })).status));
    expect((await statuses('/stocks/GameStart')).filter((status) => status === 200)).to.have.lengthOf(5);
    expect(new Set(await statuses('/healthz'))).to.deep.equal(new Set([200]));
    expect(new Set(await statuses('/readyz'))).to.deep.equal(new Set([200]));
  });

  it('turns away the orders that are too many at once, while the others are waited for', async () => {
    const running = await start({ MAX_ORDERS_IN_FLIGHT: '8' });
    running.pause('catalog');
    const client = new HttpClient(running.url, 20);
    const startMs = performance.now();
    const answers = Array.from({ length: 20 }, async (_, index) => {
      const headers = { 'Idempotency-Key': `order-${index}` };
      const answer = await client.send({ method: 'POST', path: '/orders', body: order, headers });
      return { ...answer, tookMs: performance.now() - startMs };
    });
    await delay(500);
    running.resume('catalog');
    const settled = await Promise.all(answers);
    const turnedAway = settled.filter(({ status }) => status === 503);
    expect(turnedAway).to.have.lengthOf(12);
    for (const { json, headers, tookMs } of turnedAway) {
      expect(json).to.deep.equal({ error: { code: 503, message: 'too many orders are waiting, try again' } });
      expect(headers).to.include({ 'retry-after': '1', 'cache-control': 'no-store' });
      expect(headers['idempotency-key']).to.match(/^order-\d+$/);
      expect(tookMs).to.be.lessThan(400);
    }
    expect(settled.filter(({ status }) => status === 200)).to.have.lengthOf(8);
    client.close();
  });

  it('leaves a client alone for a moment that comes back at once after it was turned away, and nobody else', async () => {
    const running = await start({ MAX_ORDERS_IN_FLIGHT: '1' });
    running.pause('catalog');
    const waiting = running.client.send({ method: 'POST', path: '/orders', body: order });
    await delay(100);
    const refused = await RawConnection.open(port(running));
    const other = await RawConnection.open(port(running));
    const bytes = rawRequest('POST', '/orders', {}, JSON.stringify(order));
    const tookMs = async (connection: RawConnection): Promise<number> => {
      const startMs = performance.now();
      expect((await connection.send(bytes).answer()).status).to.equal(503);
      return performance.now() - startMs;
    };
    expect(await tookMs(refused)).to.be.below(60);
    expect(await tookMs(refused)).to.be.within(60, 1_000);
    expect(await tookMs(other)).to.be.below(60);
    running.resume('catalog');
    expect((await waiting).status).to.equal(200);
    expect((await refused.send(lookup()).answer()).status).to.equal(200);
    [refused, other].forEach((connection) => connection.close());
  });
});
