// What HTTP clients, caches and browsers expect of any server, of the shortcut's routes and of the framework's alike.
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { RawConnection, rawRequest } from '../support/raw-connection.js';
import { System } from '../support/system.js';

const origin = 'https://desk.example.org';
/** The same stock over the shortcut and, with a slash at the end, over the framework. */
const bothWays = ['/stocks/GameStart', '/stocks/GameStart/'];

describe('HTTP conventions', function () {
  this.timeout(60_000);
  let system: System;

  const send = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
    system.client.send({ method, path, headers, ...(body !== undefined && { body }) });
  const trade = (quantity: number, headers: Record<string, string> = {}) =>
    send('POST', '/orders', headers, { name: 'GameStart', type: 'sell', quantity });

  before(async () => {
    system = await System.create({
      LEASE_MS: '1000',
      HEARTBEAT_TIMEOUT_MS: '2000',
      CORS_ORIGINS: origin,
      LOG_LEVEL: 'debug',
    });
    system.startAll();
    await system.ready();
    await eventually(async () => expect((await system.cluster()).cache).to.include({ lease_live: true }));
  });

  after(() => system.close());

  for (const path of [...bothWays, '/stocks']) {
    it(`says 304 for ${path} until a trade, and then 200 with another tag`, async () => {
      const first = await send('GET', path);
      const tag = first.headers.etag as string;
      const known = await send('GET', path, { 'If-None-Match': `"old", W/${tag}` });
      await trade(1);
      const changed = await send('GET', path, { 'If-None-Match': tag });

      expect(known).to.include({ status: 304, text: '' });
      expect(known.headers).to.include({ etag: tag, 'cache-control': 'no-cache' });
      expect(known.headers).not.to.have.any.keys('content-type', 'content-length');
      expect(changed.status).to.equal(200);
      expect(changed.headers.etag).not.to.equal(tag);
    });
  }

  it('answers HEAD with the headers of GET, everywhere', async () => {
    const number = ((await trade(0)).json as { data: { transaction_number: number } }).data
      .transaction_number;
    const connection = await RawConnection.open(system.environment.FRONTEND_PORT as string);
    const paths = [
      ...bothWays,
      '/stocks',
      `/orders/${number}`,
      '/orders?limit=1',
      '/healthz',
      '/openapi.json',
      '/docs',
      '/orders/0',
    ];
    for (const path of paths) {
      await connection.send(rawRequest('GET', path)).answer();
      const get = await connection.send(rawRequest('GET', path, { 'X-Request-ID': 'same' })).answer();
      const head = await connection
        .send(rawRequest('HEAD', path, { 'X-Request-ID': 'same' }))
        .answer({ bodyless: true });
      const { date: _get, ...expected } = get.headers;
      const { date: _head, ...headers } = head.headers;
      expect(head.status, path).to.equal(get.status);
      expect(headers, path).to.deep.equal(expected);
    }
    connection.close();
  });

  it('answers OPTIONS with what is possible, and says so for any other method', async () => {
    const allowed: [string, string][] = [
      ['/stocks', 'GET, HEAD'],
      ['/stocks/GameStart', 'GET, HEAD'],
      ['/orders', 'GET, HEAD, POST'],
      ['/orders/1', 'GET, HEAD'],
      ['/docs', 'GET, HEAD'],
    ];
    for (const [path, methods] of allowed) {
      const options = await send('OPTIONS', path);
      expect(options, path).to.include({ status: 204, text: '' });
      const put = await send('PUT', path);
      expect(put.status, path).to.equal(405);
      for (const { headers } of [options, put]) {
        expect(headers.allow?.split(', ').sort().join(', '), path).to.equal(methods);
      }
      expect(put.headers['cache-control']).to.equal('no-store');
    }
    expect((await send('OPTIONS', '/nowhere')).status).to.equal(404);
  });

  it('lets the allowed origin read what the shortcut and the framework answer, and no other', async () => {
    for (const path of [...bothWays, '/stocks/NoSuchCo', '/orders', '/nowhere']) {
      const own = (await send('GET', path, { Origin: origin })).headers;
      const other = (await send('GET', path, { Origin: 'https://evil.example' })).headers;
      expect(own, path).to.include({ 'access-control-allow-origin': origin, vary: 'Origin' });
      expect(other, path)
        .to.include({ vary: 'Origin' })
        .and.not.to.have.property('access-control-allow-origin');
    }
    const preflight = { Origin: origin, 'Access-Control-Request-Method': 'POST' };
    const answer = await send('OPTIONS', '/orders', preflight);
    expect(answer.status).to.equal(204);
    expect(answer.headers['access-control-allow-headers']).to.include('Idempotency-Key');
  });

  it('leads through all orders by their links, without a gap and without a double', async () => {
    await Promise.all(Array.from({ length: 8 }, () => trade(0)));
    const numbers: number[] = [];
    let next: string | undefined = '/orders?limit=3';
    while (next !== undefined) {
      const { json, headers } = await send('GET', next);
      numbers.push(
        ...(json as { data: { order_num: number }[] }).data.map(({ order_num: number }) => number),
      );
      // New orders do not move the pages.
      await trade(0);
      next = /^<(\/orders\?limit=3&before=\d+)>; rel="next"$/.exec(String(headers.link))?.[1];
    }
    expect(numbers.length).to.be.at.least(8);
    expect(numbers).to.deep.equal(Array.from(numbers, (_, index) => numbers.length - index));
  });

  for (const before of ['0', '-1', 'x', '', '2147483648', '1&before=2']) {
    it(`refuses before=${before}`, async () => {
      const { status, text } = await send('GET', `/orders?before=${before}`);
      expect(status).to.equal(400);
      expect(text).to.include('before must be a transaction number, 1 to 2147483647');
    });
  }

  it('hands a request id on to the replica, which logs it with the key of the order', async () => {
    await trade(0, { 'X-Request-ID': 'trace-me-1', 'Idempotency-Key': 'key-of-it' });
    await eventually(async () => {
      expect(system.output).to.match(/"requestId":"trace-me-1","orderId":"key-of-it"/);
    });
  });
});
