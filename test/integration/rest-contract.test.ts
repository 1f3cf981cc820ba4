// The REST contract, row by row: bodies to the byte, codes, messages and headers.
import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { anotherFrontend, invalidationAddress } from '../support/another-frontend.js';
import { eventually } from '../support/eventually.js';
import { readJournal } from '../support/history.js';
import { HttpClient, type Answer } from '../support/http.js';
import { RawConnection, rawRequest } from '../support/raw-connection.js';
import { System } from '../support/system.js';

const error = (code: number, message: string) => JSON.stringify({ error: { code, message } });

/** Asserts status, type and the body to the byte. */
function expectAnswer(answer: Answer, status: number, body: string): void {
  expect(answer.text).to.equal(body);
  expect(answer.status).to.equal(status);
  expect(answer.headers['content-type']).to.match(/^application\/json/);
  expect(answer.headers['content-length']).to.equal(String(Buffer.byteLength(body)));
}

/** A number that only the test's own trades move. */
const numberOf = (answer: Answer): number =>
  (answer.json as { data?: { transaction_number: number } }).data?.transaction_number ?? 0;

describe('the REST contract', function () {
  this.timeout(60_000);
  let system: System;
  let twin: System;

  const get = (path: string, headers: Record<string, string> = {}) => system.client.send({ path, headers });
  const order = (body: unknown, headers: Record<string, string> = {}) =>
    system.client.send({ method: 'POST', path: '/orders', headers, body });
  const trade = (name: string, type: string, quantity: number) => order({ name, quantity, type });

  before(async () => {
    // A busy machine must not turn a HIT into a BYPASS here, nor cause an election.
    system = await System.create({ LEASE_MS: '1000', HEARTBEAT_TIMEOUT_MS: '2000' });
    twin = await anotherFrontend(system, { LEASE_MS: '1000' });
    twin.environment.FRONTEND_INTERNAL_PORT = twin.environment.FRONTEND_PORT as string;
    const addresses = `${invalidationAddress(system)},${invalidationAddress(twin)}`;
    system.environment.FRONTEND_ADDRESSES = addresses;
    twin.environment.FRONTEND_ADDRESSES = addresses;
    system.startAll();
    twin.launch('frontend');
    await system.ready();
    await twin.ready();
    await eventually(async () => expect((await system.cluster()).cache).to.include({ lease_live: true }));
    await eventually(async () => expect((await twin.cluster()).cache).to.include({ lease_live: true }));
  });

  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) {
      console.log(system.output);
    }
    await twin.close();
    await system.close();
  });

  describe('GET /stocks/:name', () => {
    it('shows name, price and quantity, and nothing else', async () => {
      expectAnswer(
        await get('/stocks/GameStart'),
        200,
        '{"data":{"name":"GameStart","price":15.99,"quantity":100}}',
      );
    });

    it('shows a price with a zero at its end as the number it is', async () => {
      expectAnswer(
        await get('/stocks/MenhirCo'),
        200,
        '{"data":{"name":"MenhirCo","price":34.2,"quantity":100}}',
      );
    });

    it('says 404 for a stock that does not exist, each time', async () => {
      expectAnswer(await get('/stocks/NoSuchCo'), 404, error(404, 'stock not found'));
      expectAnswer(await get('/stocks/NoSuchCo'), 404, error(404, 'stock not found'));
    });

    it('tells upper from lower case', async () => {
      expectAnswer(await get('/stocks/gamestart'), 404, error(404, 'stock not found'));
    });

    it('goes from MISS to HIT, and to MISS again after a trade', async () => {
      await trade('BoarCo', 'sell', 1);
      const uses = [await get('/stocks/BoarCo'), await get('/stocks/BoarCo'), await get('/stocks/BoarCo')];
      await trade('BoarCo', 'buy', 1);
      uses.push(await get('/stocks/BoarCo'), await get('/stocks/BoarCo'));
      expect(uses.map(({ headers }) => headers['x-cache'])).to.deep.equal([
        'MISS',
        'HIT',
        'HIT',
        'MISS',
        'HIT',
      ]);
      const quantities = uses.map(({ json }) => (json as { data: { quantity: number } }).data.quantity);
      expect(quantities).to.deep.equal([101, 101, 101, 100, 100]);
    });

    it('counts what the cache did, in /cluster and /metrics alike', async () => {
      const { cache: earlier } = await system.cluster();
      await trade('NVDA', 'sell', 0);
      await get('/stocks/NVDA');
      await get('/stocks/NVDA');
      await get('/stocks/NVDA');
      const { cache } = await system.cluster();
      const { text } = await get('/metrics');

      expect(cache.misses - earlier.misses).to.equal(1);
      expect(cache.hits - earlier.hits).to.equal(2);
      expect(text).to.include(`stock_cache_lookups_total{use="hit"} ${cache.hits}\n`);
      expect(text).to.include(`stock_cache_lookups_total{use="miss"} ${cache.misses}\n`);
    });

    it('keeps five stocks, and drops the one that was not used for longest', async () => {
      const names = ['AAPL', 'AMZN', 'GOOGL', 'META', 'NVDA'];
      for (const name of names) {
        await get(`/stocks/${name}`);
      }
      const again = [];
      for (const name of names) {
        again.push((await get(`/stocks/${name}`)).headers['x-cache']);
      }
      await get('/stocks/AAPL');
      const sixth = await get('/stocks/NFLX');
      const evicted = await get('/stocks/AMZN');
      const kept = await get('/stocks/AAPL');

      expect(again).to.deep.equal(['HIT', 'HIT', 'HIT', 'HIT', 'HIT']);
      expect(sixth.headers['x-cache']).to.equal('MISS');
      expect(kept.headers['x-cache'], 'AAPL, used just before').to.equal('HIT');
      expect(evicted.headers['x-cache'], 'AMZN, used least recently').to.equal('MISS');
      expect((await system.cluster()).cache).to.include({ capacity: 5, size: 5 });
    });
  });

  it('lists all stocks by name', async () => {
    const { status, json } = await get('/stocks');
    const { data } = json as { data: { name: string; price: number; quantity: number }[] };
    expect(status).to.equal(200);
    expect(data.map(({ name }) => name)).to.deep.equal(
      'AAPL AMZN BoarCo GOOGL GameStart META MenhirCo NFLX NVDA RottenFishCo'.split(' '),
    );
    expect(data[4]).to.deep.equal({ name: 'GameStart', price: 15.99, quantity: 100 });
  });

  describe('POST /orders', () => {
    it('answers with the number of the trade, and nothing else', async () => {
      const before = numberOf(await trade('GameStart', 'sell', 1));
      expectAnswer(
        await trade('GameStart', 'buy', 1),
        200,
        JSON.stringify({ data: { transaction_number: before + 1 } }),
      );
    });

    it('moves the quantity', async () => {
      await trade('RottenFishCo', 'sell', 7);
      await trade('RottenFishCo', 'buy', 3);
      const { json } = await get('/stocks/RottenFishCo');
      expect(json).to.deep.equal({ data: { name: 'RottenFishCo', price: 9.49, quantity: 104 } });
    });

    const refusals: [string, unknown, number, string][] = [
      [
        'a type that is none',
        { name: 'GameStart', quantity: 1, type: 'steal' },
        404,
        'invalid transaction type',
      ],
      [
        'a type in upper case',
        { name: 'GameStart', quantity: 1, type: 'BUY' },
        404,
        'invalid transaction type',
      ],
      [
        'a stock that does not exist',
        { name: 'NoSuchCo', quantity: 1, type: 'buy' },
        404,
        'invalid stock name',
      ],
      [
        'less than nothing',
        { name: 'GameStart', quantity: -1, type: 'buy' },
        404,
        'num stocks traded should be non negative',
      ],
      [
        'a sale of less than nothing',
        { name: 'GameStart', quantity: -1, type: 'sell' },
        404,
        'num stocks traded should be non negative',
      ],
      [
        'more than there is',
        { name: 'GameStart', quantity: 2_147_483_647, type: 'buy' },
        404,
        'not enough stocks left to buy',
      ],
      [
        'a sale beyond what can be counted',
        { name: 'GameStart', quantity: 2_147_483_647, type: 'sell' },
        404,
        'too many stocks to sell',
      ],
      ['an order without a name', { quantity: 1, type: 'buy' }, 400, 'name is missing'],
      ['an order without a quantity', { name: 'GameStart', type: 'buy' }, 400, 'quantity is missing'],
      ['an order without a type', { name: 'GameStart', quantity: 1 }, 400, 'type is missing'],
    ];
    for (const [what, body, code, message] of refusals) {
      it(`refuses ${what} with ${code} "${message}", and gives it no number`, async () => {
        const before = numberOf(await trade('META', 'sell', 1));
        expectAnswer(await order(body), code, error(code, message));
        expect(numberOf(await trade('META', 'buy', 1))).to.equal(before + 1);
      });
    }

    it('numbers a trade of nothing', async () => {
      const before = numberOf(await trade('GOOGL', 'sell', 1));
      const nothing = await trade('GOOGL', 'buy', 0);
      expect(nothing.status).to.equal(200);
      expect(numberOf(nothing)).to.equal(before + 1);
      const shown = await get(`/orders/${before + 1}`);
      expect(shown.json).to.deep.equal({
        data: { order_num: before + 1, name: 'GOOGL', type: 'buy', quantity: 0 },
      });
    });

    it('reads the body as JSON whatever its content type says', async () => {
      const body = JSON.stringify({ name: 'GameStart', quantity: 0, type: 'buy' });
      for (const type of [
        'application/x-www-form-urlencoded',
        'text/plain',
        'application/json; charset=utf-8',
      ]) {
        expect((await order(body, { 'Content-Type': type })).status, type).to.equal(200);
      }
      expect((await order(body)).status, 'without a content type').to.equal(200);
    });

    it('ignores unknown fields, and never copies them', async () => {
      const extra = {
        order_num: 1,
        transaction_number: 1,
        price: 0,
        version: 9,
        code: 500,
        orderId: 'x',
        '': 1,
      };
      const answer = await order({ ...extra, name: 'GameStart', quantity: 0, type: 'sell' });
      const number = numberOf(answer);
      expect(Object.keys((answer.json as { data: object }).data)).to.deep.equal(['transaction_number']);
      expectAnswer(
        await get(`/orders/${number}`),
        200,
        `{"data":{"order_num":${number},"name":"GameStart","type":"sell","quantity":0}}`,
      );
    });

    it('takes a trailing slash for the same path', async () => {
      const body = { name: 'GameStart', quantity: 0, type: 'buy' };
      const posted = await system.client.send({ method: 'POST', path: '/orders/', body });
      expect(posted.status).to.equal(200);
      expect((await get('/stocks/GameStart/')).status).to.equal(200);
      expect((await get(`/orders/${numberOf(posted)}/`)).status).to.equal(200);
    });
  });

  describe('GET /orders', () => {
    it('shows one order, the same way each time', async () => {
      const number = numberOf(await trade('AAPL', 'sell', 12));
      const body = `{"data":{"order_num":${number},"name":"AAPL","type":"sell","quantity":12}}`;
      const own = await get(`/orders/${number}`);
      // Each frontend asks a replica once, the one that took the order too.
      const asked = await twin.client.send({ path: `/orders/${number}` });
      const again = await twin.client.send({ path: `/orders/${number}` });
      [own, asked, again].forEach((answer) => expectAnswer(answer, 200, body));
      expect([own, asked, again].map(({ headers }) => headers['x-cache'])).to.deep.equal([
        'MISS',
        'MISS',
        'HIT',
      ]);
    });

    it('says 404 for a number that was not given out, and shows it once it is', async () => {
      const next = numberOf(await trade('AAPL', 'buy', 1)) + 1;
      const paths = [system.client, twin.client].map(
        (client) => () => client.send({ path: `/orders/${next}` }),
      );
      for (const ask of paths) {
        expectAnswer(await ask(), 404, error(404, 'Transaction number not found'));
      }
      await trade('AAPL', 'buy', 2);
      for (const ask of paths) {
        expectAnswer(
          await ask(),
          200,
          `{"data":{"order_num":${next},"name":"AAPL","type":"buy","quantity":2}}`,
        );
      }
    });

    for (const number of [
      '0',
      '-1',
      '1.5',
      'abc',
      '2147483648',
      '99999999999999999999',
      '1e3',
      '0x1',
      '%201',
    ]) {
      it(`says 404 for number ${number}`, async () => {
        expectAnswer(await get(`/orders/${number}`), 404, error(404, 'Transaction number not found'));
      });
    }

    it('lists the newest orders first', async () => {
      const number = numberOf(await trade('AMZN', 'sell', 1));
      await trade('AMZN', 'sell', 2);
      await trade('AMZN', 'buy', 3);
      expectAnswer(
        await get('/orders?limit=2'),
        200,
        JSON.stringify({
          data: [
            { order_num: number + 2, name: 'AMZN', type: 'buy', quantity: 3 },
            { order_num: number + 1, name: 'AMZN', type: 'sell', quantity: 2 },
          ],
        }),
      );
    });

    it('lists fifty unless told otherwise', async () => {
      await Promise.all(Array.from({ length: 60 }, () => trade('NFLX', 'sell', 0)));
      const { data } = (await get('/orders')).json as { data: { order_num: number }[] };
      const numbers = data.map(({ order_num: number }) => number);
      const newest = numbers[0] as number;
      expect(numbers).to.deep.equal(Array.from({ length: 50 }, (_, index) => newest - index));
    });

    for (const limit of ['0', '-1', '1001', '1.5', 'all', '', '1&limit=2']) {
      it(`refuses limit=${limit}`, async () => {
        expectAnswer(
          await get(`/orders?limit=${limit}`),
          400,
          error(400, 'limit must be a whole number from 1 to 1000'),
        );
      });
    }
  });

  describe('Idempotency-Key', () => {
    const body = { name: 'GameStart', quantity: 0, type: 'sell' };

    it('is echoed', async () => {
      const key = `Client-1:${'x'.repeat(50)}._:-`;
      expect((await order(body, { 'Idempotency-Key': key })).headers['idempotency-key']).to.equal(key);
    });

    it('is made if the client sends none, a new one each time, and finds the order again', async () => {
      const first = await order(body);
      const second = await order(body);
      const key = first.headers['idempotency-key'] as string;
      expect(key).to.match(/^[A-Za-z0-9][A-Za-z0-9._:-]{15,63}$/);
      expect(second.headers['idempotency-key']).not.to.equal(key);
      expect((await order(body, { 'Idempotency-Key': key })).text).to.equal(first.text);
    });

    it('is echoed with a refusal too', async () => {
      const key = randomUUID();
      const answer = await order({ ...body, name: 'NoSuchCo' }, { 'Idempotency-Key': key });
      expect(answer.status).to.equal(404);
      expect(answer.headers['idempotency-key']).to.equal(key);
    });

    it('gives one number however often it is sent', async () => {
      const key = randomUUID();
      const first = await order(body, { 'Idempotency-Key': key });
      await order(body);
      expectAnswer(await order(body, { 'Idempotency-Key': key }), 200, first.text);
    });

    it('is refused with another body', async () => {
      const key = randomUUID();
      const message = 'Idempotency-Key was already used with another body';
      await order(body, { 'Idempotency-Key': key });
      for (const other of [{ name: 'AAPL' }, { quantity: 1 }, { type: 'buy' }]) {
        expectAnswer(
          await order({ ...body, ...other }, { 'Idempotency-Key': key }),
          422,
          error(422, message),
        );
      }
    });

    it('executes one order when a hundred come with it at once', async () => {
      const key = randomUUID();
      const client = new HttpClient(system.url, 32);
      await system.viewed();
      const before = readJournal(system.dataDirectory).length;
      const answers = await Promise.all(
        Array.from({ length: 100 }, () =>
          client.send({
            method: 'POST',
            path: '/orders',
            headers: { 'Idempotency-Key': key },
            body: { name: 'NVDA', quantity: 1, type: 'sell' },
          }),
        ),
      );
      client.close();
      const journal = readJournal(system.dataDirectory);
      expect(new Set(answers.map(({ text }) => text))).to.deep.equal(
        new Set([`{"data":{"transaction_number":${before + 1}}}`]),
      );
      expect(journal.length).to.equal(before + 1);
    });

    it('keeps a refused order refused after a restock', async () => {
      const key = randomUUID();
      const { quantity } = ((await get('/stocks/META')).json as { data: { quantity: number } }).data;
      const tooMuch = { name: 'META', quantity: quantity + 1, type: 'buy' };
      const refused = error(404, 'not enough stocks left to buy');
      expectAnswer(await order(tooMuch, { 'Idempotency-Key': key }), 404, refused);
      await trade('META', 'sell', 10);
      expectAnswer(await order(tooMuch, { 'Idempotency-Key': key }), 404, refused);
      expect((await order(tooMuch)).status, 'the same under a fresh key').to.equal(200);
    });
  });

  describe('X-Request-ID', () => {
    it('is echoed, with successes and with errors', async () => {
      const headers = { 'X-Request-ID': 'trace:42_a.b-c' };
      for (const path of ['/stocks/GameStart', '/stocks/NoSuchCo', '/orders/0', '/nowhere']) {
        expect((await get(path, headers)).headers['x-request-id'], path).to.equal('trace:42_a.b-c');
      }
    });

    it('is made if there is none, or one that is not fit to be logged', async () => {
      const ids = [
        await get('/stocks/GameStart'),
        await get('/stocks/GameStart'),
        await get('/stocks/GameStart', { 'X-Request-ID': 'two words' }),
        await get('/stocks/GameStart', { 'X-Request-ID': 'x'.repeat(129) }),
      ].map(({ headers }) => String(headers['x-request-id']));
      ids.forEach((id) => expect(id).to.match(/^[A-Za-z0-9._:-]{1,128}$/));
      expect(new Set(ids).size).to.equal(4);
      expect(ids).not.to.include('x'.repeat(129));
    });
  });

  describe('any other path', () => {
    for (const path of [
      '/stock/GameStart',
      '/stocks/a/b',
      '/orders/1/2',
      '/delete',
      '/index.html',
      '/dashboard',
    ]) {
      it(`says 404 "Invalid path sent" for ${path}`, async () => {
        expectAnswer(await get(path), 404, error(404, 'Invalid path sent'));
      });
    }

    it('says 405 with what is allowed where only the method is wrong', async () => {
      const cases: [string, string, string[]][] = [
        ['PUT', '/orders', ['GET', 'HEAD', 'POST']],
        ['DELETE', '/stocks/GameStart', ['GET', 'HEAD']],
        ['POST', '/stocks/GameStart', ['GET', 'HEAD']],
        ['PATCH', '/orders/1', ['GET', 'HEAD']],
        ['POST', '/healthz', ['GET', 'HEAD']],
      ];
      for (const [method, path, allowed] of cases) {
        const answer = await system.client.send({ method, path });
        expect(answer.status, `${method} ${path}`).to.equal(405);
        expect(answer.json).to.have.nested.property('error.code', 405);
        expect(answer.headers.allow?.split(', ').sort(), `${method} ${path}`).to.deep.equal(allowed);
      }
    });
  });

  it('answers HEAD like GET without the body', async () => {
    const connection = await RawConnection.open(system.environment.FRONTEND_PORT as string);
    const head = await connection.send(rawRequest('HEAD', '/stocks/GameStart')).answer({ bodyless: true });
    const whole = await connection.send(rawRequest('GET', '/stocks/GameStart')).answer();
    const missing = await connection.send(rawRequest('HEAD', '/stocks/NoSuchCo')).answer({ bodyless: true });
    connection.close();
    expect(head.status).to.equal(200);
    expect(head.headers['content-length']).to.equal(String(whole.text.length));
    expect(head.headers['content-type']).to.equal(whole.headers['content-type']);
    expect(JSON.parse(whole.text)).to.have.nested.property('data.name', 'GameStart');
    expect(missing.status).to.equal(404);
  });

  it('serves a whole session on one connection', async () => {
    const connection = await RawConnection.open(system.environment.FRONTEND_PORT as string);
    const body = JSON.stringify({ name: 'GameStart', quantity: 0, type: 'buy' });
    const statuses = [];
    for (let turn = 0; turn < 10; turn += 1) {
      statuses.push((await connection.send(rawRequest('GET', '/stocks/GameStart')).answer()).status);
      statuses.push((await connection.send(rawRequest('POST', '/orders', {}, body)).answer()).status);
      statuses.push((await connection.send(rawRequest('GET', '/stocks/NoSuchCo')).answer()).status);
      statuses.push((await connection.send(rawRequest('POST', '/orders', {}, '{')).answer()).status);
    }
    expect(statuses).to.deep.equal(Array.from({ length: 10 }, () => [200, 200, 404, 400]).flat());
    expect(connection.closed).to.equal(false);
    connection.close();
  });

  it('answers requests that were sent together in their order', async () => {
    const connection = await RawConnection.open(system.environment.FRONTEND_PORT as string);
    const body = JSON.stringify({ name: 'GameStart', quantity: 0, type: 'buy' });
    connection.send(
      Buffer.concat([
        rawRequest('POST', '/orders', {}, body),
        rawRequest('GET', '/stocks/GameStart'),
        rawRequest('GET', '/nowhere'),
      ]),
    );
    const answers = [await connection.answer(), await connection.answer(), await connection.answer()];
    connection.close();
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 404]);
    expect(answers[0]?.text).to.include('transaction_number');
    expect(answers[1]?.text).to.include('GameStart');
  });

  describe('what is ours on top', () => {
    it('shows the cluster', async () => {
      const last = readJournal(system.dataDirectory).length;
      const data = await eventually(async () => {
        const cluster = await system.cluster();
        expect(cluster.replicas.every((replica) => replica.last_transaction_num === last)).to.equal(true);
        return cluster;
      });
      expect(Object.keys(data)).to.include.members(['leader_id', 'term', 'replicas', 'cache']);
      expect(data.leader_id).to.equal(3);
      expect(data.term).to.be.at.least(1);
      expect(data.replicas).to.have.length(3);
      for (const [index, role] of ['follower', 'follower', 'leader'].entries()) {
        expect(data.replicas[index]).to.include({
          id: index + 1,
          role,
          last_transaction_num: last,
          lag: 0,
          in_sync: true,
        });
      }
      expect(data.cache).to.include.keys('hits', 'misses', 'bypasses', 'capacity', 'size');
    });

    it('says that it lives, and that it can trade', async () => {
      expectAnswer(await get('/healthz'), 200, '{"data":{"status":"ok"}}');
      expectAnswer(await get('/readyz'), 200, '{"data":{"status":"ready"}}');
    });

    it('shows metrics that Prometheus can read', async () => {
      await get('/stocks/GameStart');
      const { status, headers, text } = await get('/metrics');
      expect(status).to.equal(200);
      expect(headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/);
      expect(text).to.match(
        /^stock_http_requests_total\{method="GET",route="\/stocks\/:name",status="200"\} \d+$/m,
      );
      expect(text).to.match(
        /^stock_http_requests_total\{method="POST",route="\/orders",status="200"\} \d+$/m,
      );
      expect(text).to.match(/^stock_leader_id 3$/m);
      for (const line of text.split('\n').filter((text) => text !== '')) {
        expect(line).to.match(/^(# (HELP|TYPE) \w+ .*|[a-zA-Z_:][\w:]*(\{.*\})? [-+.\deInfNa]+)$/);
      }
    });

    it('has no labels that a client could make up', async () => {
      await get('/made-up-path-1');
      await get('/stocks/made-up-stock-2');
      const { text } = await get('/metrics');
      expect(text).not.to.include('made-up');
    });
  });

  describe('DELETE /delete/:name', () => {
    const remove = (url: string, path: string) => {
      const client = new HttpClient(url);
      return client.send({ method: 'DELETE', path }).finally(() => client.close());
    };

    it('is refused on the public port, and the cache stays', async () => {
      await get('/stocks/GameStart');
      const answer = await remove(system.url, '/delete/GameStart');
      expectAnswer(answer, 403, error(403, 'only the catalog may invalidate the cache'));
      expect((await get('/stocks/GameStart')).headers['x-cache']).to.equal('HIT');
    });

    it('drops the stock on the internal port', async () => {
      await get('/stocks/GameStart');
      const answer = await remove(system.internalUrl, '/delete/GameStart');
      expectAnswer(answer, 200, '{"code":200,"message":"Cache invalidated"}');
      expect((await get('/stocks/GameStart')).headers['x-cache']).to.equal('MISS');
    });

    it('succeeds for a stock that is not cached, or does not exist', async () => {
      for (const path of ['/delete/NoSuchCo', '/delete/GameStart', '/delete/GameStart']) {
        expect((await remove(system.internalUrl, path)).status, path).to.equal(200);
      }
    });

    it('refuses a version that is none', async () => {
      for (const version of ['abc', '-1', '1.5', '']) {
        const { status, json } = await remove(system.internalUrl, `/delete/GameStart?version=${version}`);
        expect(status, version).to.equal(400);
        expect(json).to.deep.equal({ error: { code: 400, message: 'version must be a whole number' } });
      }
    });

    it('is all there is on the internal port, besides health and metrics', async () => {
      for (const path of ['/stocks/GameStart', '/orders/1', '/cluster']) {
        const client = new HttpClient(system.internalUrl);
        expect((await client.send({ path })).status, path).to.equal(404);
        client.close();
      }
    });

    it('works on the one port there is when both are set to the same', async () => {
      await twin.client.send({ path: '/stocks/GameStart' });
      const cached = await twin.client.send({ path: '/stocks/GameStart' });
      const answer = await remove(twin.url, '/delete/GameStart');
      const dropped = await twin.client.send({ path: '/stocks/GameStart' });
      expect(cached.headers['x-cache']).to.equal('HIT');
      expectAnswer(answer, 200, '{"code":200,"message":"Cache invalidated"}');
      expect(dropped.headers['x-cache']).to.equal('MISS');
      await trade('GameStart', 'sell', 1);
      const traded = await twin.client.send({ path: '/stocks/GameStart' });
      expect(traded.headers['x-cache'], 'the catalog reaches that port too').to.equal('MISS');
      expect(twin.output, 'one listener').not.to.include('EADDRINUSE');
    });
  });

  it('asks the catalog each time when CACHE_SIZE is 0', async () => {
    const uncached = await anotherFrontend(system, { CACHE_SIZE: '0', ORDER_CACHE_SIZE: '0' });
    try {
      uncached.launch('frontend');
      await uncached.ready();
      const number = numberOf(await trade('GameStart', 'sell', 0));
      for (let turn = 0; turn < 3; turn += 1) {
        expect((await uncached.client.send({ path: '/stocks/GameStart' })).headers['x-cache']).to.equal(
          'BYPASS',
        );
        expect((await uncached.client.send({ path: `/orders/${number}` })).headers['x-cache']).to.equal(
          'BYPASS',
        );
      }
      expect((await uncached.cluster()).cache).to.include({ hits: 0, misses: 0, bypasses: 3 });
    } finally {
      await uncached.close();
    }
  });
});
