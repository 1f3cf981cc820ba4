// No lookup shows anything older than a trade acknowledged, or a value read, before it began (I10), whichever of the
// processes sleeps.
import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type Channel } from 'nice-grpc';
import { CatalogService } from '#services';
import { channelOpener } from '../../src/shared/grpc-channel.js';
import { anotherFrontend, invalidationAddress } from '../support/another-frontend.js';
import { eventually } from '../support/eventually.js';
import { checkHistory, post } from '../support/history.js';
import { HttpClient } from '../support/http.js';
import { StandInCatalog } from '../support/stand-in-catalog.js';
import { System } from '../support/system.js';

const leaseMs = 300;

interface Look {
  readonly status: number;
  readonly use: string;
  readonly quantity: number;
}

async function look(client: HttpClient, stock: string): Promise<Look> {
  const { status, headers, json } = await client.send({ path: `/stocks/${stock}` });
  const quantity = (json as { data?: { quantity: number } }).data?.quantity ?? NaN;
  return { status, use: String(headers['x-cache']), quantity };
}

/** Until the frontend may serve from its cache. */
async function leased(frontend: System): Promise<void> {
  await eventually(async () => expect((await frontend.cluster()).cache).to.include({ lease_live: true }));
}

/**
 * Clients that look at one stock whose quantity only ever grows, each on its own connection, and keep a record of
 * every look that showed less than was known when it began.
 */
class Readers {
  readonly stale: string[] = [];
  readonly uses = new Map<string, number>();
  unavailable = 0;
  #floor: number;
  readonly #stock: string;
  readonly #runs: Promise<void>[];
  #stopped = false;

  constructor(urls: readonly string[], stock: string, floor: number, perUrl = 3) {
    this.#stock = stock;
    this.#floor = floor;
    this.#runs = urls.flatMap((url) => Array.from({ length: perUrl }, () => this.#read(url)));
  }

  /** A trade was acknowledged: nothing less may be seen from now on. */
  raise(quantity: number): void {
    this.#floor = Math.max(this.#floor, quantity);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#runs);
  }

  async #read(url: string): Promise<void> {
    const client = new HttpClient(url);
    while (!this.#stopped) {
      const floor = this.#floor;
      const { status, use, quantity } = await look(client, this.#stock);
      if (status === 200) {
        this.uses.set(use, (this.uses.get(use) ?? 0) + 1);
        if (quantity < floor) {
          this.stale.push(`${url} showed ${quantity} (${use}) when ${floor} was known`);
        }
        this.raise(quantity);
      } else {
        this.unavailable += 1;
      }
      await delay(1);
    }
    client.close();
  }
}

describe('the cache, with two frontends', function () {
  this.timeout(30_000);
  let a: System;
  let b: System;
  /** Shares of each stock, by the trades that were acknowledged. */
  const known = new Map<string, number>();
  let sales = 0;

  /** Sells one share more of a stock; returns how long that took. */
  async function sell(through: System, stock: string): Promise<number> {
    sales += 1;
    const { code, sentMs, answeredMs } = await post(through.client, `sale-${sales}`, {
      name: stock,
      quantity: 1,
      type: 'sell',
    });
    expect(code).to.equal(200);
    known.set(stock, (known.get(stock) ?? 100) + 1);
    return answeredMs - sentMs;
  }

  before(async () => {
    a = await System.create({ LEASE_MS: String(leaseMs) });
    b = await anotherFrontend(a, { LEASE_MS: String(leaseMs) });
    const addresses = [a, b].map(invalidationAddress).join(',');
    a.environment.FRONTEND_ADDRESSES = addresses;
    b.environment.FRONTEND_ADDRESSES = addresses;
    a.startAll();
    b.launch('frontend');
    await a.ready();
    await b.ready();
  });

  beforeEach(async () => {
    await leased(a);
    await leased(b);
  });

  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) {
      console.log(a.output, b.output);
    }
    await b.close();
    await a.close();
  });

  /** Sells through `through` until the time is over, with readers on both frontends. */
  async function sellAndRead(
    through: System,
    stock: string,
    ms: number,
    during: () => Promise<void>,
  ): Promise<Readers> {
    const readers = new Readers([a.url, b.url], stock, known.get(stock) ?? 100);
    const endMs = performance.now() + ms;
    const selling = (async () => {
      while (performance.now() < endMs) {
        await sell(through, stock);
        readers.raise(known.get(stock) as number);
        await delay(5);
      }
    })();
    await during();
    await selling;
    await readers.stop();
    expect(readers.stale).to.deep.equal([]);
    return readers;
  }

  it('never shows less than was acknowledged or read before', async () => {
    const readers = await sellAndRead(a, 'GameStart', 1_500, async () => undefined);
    expect(readers.uses.get('HIT'), 'hits, or this proves little').to.be.above(20);
    expect(readers.uses.get('MISS'), 'misses').to.be.above(20);
  });

  it('shows through one what was sold through the other', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const [from, to] = turn % 2 === 0 ? [a, b] : [b, a];
      await look(to.client, 'META');
      await sell(from, 'META');
      expect((await look(to.client, 'META')).quantity).to.equal(known.get('META'));
      expect((await look(from.client, 'META')).quantity).to.equal(known.get('META'));
    }
  });

  it('never shows less while the catalog sleeps and wakes', async () => {
    await sellAndRead(a, 'NVDA', 1_600, async () => {
      for (let turn = 0; turn < 2; turn += 1) {
        await delay(200);
        a.pause('catalog');
        await delay(450);
        a.resume('catalog');
      }
    });
  });

  it('never shows less while a frontend sleeps and wakes', async () => {
    const readers = await sellAndRead(a, 'AMZN', 1_800, async () => {
      for (const pauseMs of [150, 450, 250]) {
        await delay(150);
        b.pause('frontend');
        await delay(pauseMs);
        b.resume('frontend');
      }
    });
    expect(readers.uses.get('HIT')).to.be.above(10);
  });

  it('lets trades go on while a frontend sleeps, after one lease at the most', async () => {
    await look(b.client, 'AAPL');
    expect((await look(b.client, 'AAPL')).use).to.equal('HIT');
    b.pause('frontend');
    try {
      const first = await sell(a, 'AAPL');
      const later = [await sell(a, 'AAPL'), await sell(a, 'AAPL'), await sell(a, 'AAPL')];
      console.log(
        `      first ${first.toFixed(0)} ms, then ${later.map((ms) => ms.toFixed(0)).join(', ')} ms`,
      );
      expect(first, 'waits for the lease, or its frontend could show the old state').to.be.above(50);
      expect(first).to.be.below(leaseMs + 400);
      later.forEach((ms) => expect(ms).to.be.below(leaseMs));
    } finally {
      b.resume('frontend');
    }
  });

  it('shows nothing old when a frontend wakes that slept through trades, not even to the first who asked', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await leased(b);
      await look(b.client, 'GOOGL');
      expect((await look(b.client, 'GOOGL')).use).to.equal('HIT');
      b.pause('frontend');
      const client = new HttpClient(b.url, 8);
      let looks: Promise<Look>[] = [];
      try {
        await sell(a, 'GOOGL');
        await sell(a, 'GOOGL');
        looks = Array.from({ length: 8 }, () => look(client, 'GOOGL'));
        await delay(50);
      } finally {
        b.resume('frontend');
      }
      const seen = await Promise.all(looks);
      client.close();
      expect(seen.map(({ quantity }) => quantity)).to.deep.equal(seen.map(() => known.get('GOOGL')));
    }
  });

  it('asks the catalog when it does not know whether its cache is right', async () => {
    await look(a.client, 'NFLX');
    expect((await look(a.client, 'NFLX')).use).to.equal('HIT');
    a.pause('catalog');
    try {
      await delay(leaseMs + 100);
      expect((await a.cluster()).cache).to.include({ lease_live: false });
      expect((await look(a.client, 'NFLX')).status, 'nobody can tell').to.equal(503);
    } finally {
      a.resume('catalog');
    }
    expect((await look(a.client, 'NFLX')).quantity).to.equal(100);
  });

  it('shows nothing old after a restart of the catalog', async () => {
    await look(b.client, 'BoarCo');
    const readers = new Readers([a.url, b.url], 'BoarCo', 100);
    await sell(a, 'BoarCo');
    readers.raise(101);
    await a.kill('catalog');
    a.launch('catalog');
    await sell(a, 'BoarCo');
    readers.raise(102);
    await delay(200);
    await readers.stop();
    expect(readers.stale).to.deep.equal([]);
    expect((await look(b.client, 'BoarCo')).quantity).to.equal(102);
  });

  it('leaves a history that adds up', async () => {
    await a.converged();
    expect(await checkHistory(a.dataDirectory, [])).to.have.length(sales);
  });
});

describe('the catalog, before a frontend that is slow to drop what it cached', function () {
  this.timeout(30_000);
  let system: System;
  let channel: Channel;
  let frontend: Server;
  let waiting: { readonly path: string; readonly response: ServerResponse }[] = [];

  const catalog = () => createClient(CatalogService, channel);
  const lookup = (sessionId: string) => catalog().lookup({ stockName: 'GameStart', sessionId });
  const renew = async (sessionId: string, begin = false) =>
    (await catalog().renewLease({ frontendAddress, sessionId, begin })).code;
  let frontendAddress = '';
  const sell = () =>
    system.client.send({
      method: 'POST',
      path: '/orders',
      body: { name: 'GameStart', quantity: 1, type: 'sell' },
    });
  /** Waits until the catalog asks to drop a stock. */
  const invalidation = () =>
    eventually(() => {
      const [asked] = waiting;
      if (!asked) {
        throw new Error('no invalidation came');
      }
      return asked;
    });

  before(async () => {
    frontend = createServer((request, response) => {
      waiting.push({ path: `${request.method} ${request.url}`, response });
    }).listen(0, '127.0.0.1');
    await once(frontend, 'listening');
    frontendAddress = `127.0.0.1:${(frontend.address() as AddressInfo).port}`;
    // A long lease: the test renews by hand.
    system = await System.create({ LEASE_MS: '1000', CACHE_SIZE: '0' });
    system.environment.FRONTEND_ADDRESSES = `${invalidationAddress(system)},${frontendAddress}`;
    system.startAll();
    await system.ready();
    channel = channelOpener(undefined)('catalog', `127.0.0.1:${system.environment.CATALOG_PORT}`);
  });

  beforeEach(() => {
    waiting.forEach(({ response }) => response.destroy());
    waiting = [];
  });

  after(async () => {
    channel.close();
    frontend.closeAllConnections();
    frontend.close();
    await system.close();
  });

  it('answers a trade when the frontend has dropped the stock, and shows it to nobody before', async () => {
    expect(await renew('one', true)).to.equal(200);
    expect(await lookup('one')).to.include({ quantity: 100, cacheable: true });
    let answered = false;
    const trade = sell().then((answer) => {
      answered = true;
      return answer;
    });
    const { path, response } = await invalidation();
    expect(path).to.equal('DELETE /delete/GameStart?version=1&session=one');
    await delay(150);
    expect(answered, 'answered before the frontend had dropped the stock').to.equal(false);
    expect(await lookup('one'), 'meanwhile').to.include({ quantity: 100, cacheable: false });
    expect(await lookup(''), 'to others').to.include({ quantity: 100 });
    expect(await renew('one'), 'a renewal while that is open').to.equal(409);
    response.end('{}');
    expect((await trade).status).to.equal(200);
    expect(await lookup('one')).to.include({ quantity: 101, version: 1, cacheable: true });
    expect(await renew('one')).to.equal(200);
    await catalog().releaseLease({ sessionId: 'one' });
  });

  it('waits for the end of the lease when the frontend does not answer, or refuses', async () => {
    for (const [session, act] of [
      ['silent', () => undefined],
      ['refusing', (response: ServerResponse) => response.writeHead(500).end()],
      ['hanging-up', (response: ServerResponse) => response.destroy()],
    ] as const) {
      waiting = [];
      await renew(session, true);
      const begunMs = performance.now();
      await lookup(session);
      const trade = sell();
      act((await invalidation()).response);
      expect((await trade).status).to.equal(200);
      const tookMs = performance.now() - begunMs;
      expect(tookMs, session).to.be.within(980, 1_600);
      expect(await renew(session), 'the session has ended').to.equal(410);
    }
  });

  it('does not wait for a frontend that was not handed the stock, has given it back, or is none of ours', async () => {
    await renew('no-stock', true);
    await renew('given-back', true);
    await lookup('given-back');
    await catalog().releaseLease({ sessionId: 'given-back' });
    const { code } = await catalog().renewLease({
      frontendAddress: '127.0.0.1:9',
      sessionId: 'stranger',
      begin: true,
    });
    expect(code).to.equal(403);
    expect(await lookup('stranger')).to.include({ cacheable: false });
    const startMs = performance.now();
    expect((await sell()).status).to.equal(200);
    expect(performance.now() - startMs).to.be.below(500);
    expect(waiting).to.deep.equal([]);
  });

  it('says which process grants a lease: after a restart another one, which knows nothing of what was cached', async () => {
    const ask = () => catalog().renewLease({ frontendAddress, sessionId: 'renewed', begin: true });
    const { catalogId } = await ask();
    expect(catalogId).to.match(/^[0-9a-f]{12}$/);
    expect((await ask()).catalogId).to.equal(catalogId);
    await system.kill('catalog');
    system.launch('catalog');
    const after = await eventually(ask);
    expect(after.catalogId)
      .to.match(/^[0-9a-f]{12}$/)
      .and.not.to.equal(catalogId);
  });
});

describe('a frontend, before a catalog that answers when it is told to', function () {
  this.timeout(20_000);
  let catalog: StandInCatalog;
  let frontend: System;

  const get = (name: string) => look(frontend.client, name);
  /** How many lookups have reached the frontend. */
  async function lookCount(): Promise<number> {
    const { hits, misses, bypasses } = (await frontend.cluster()).cache;
    return hits + misses + bypasses;
  }
  async function invalidate(name: string, version: number): Promise<void> {
    const client = new HttpClient(frontend.internalUrl);
    const answer = await client.send({ method: 'DELETE', path: `/delete/${name}?version=${version}` });
    client.close();
    expect(answer.status).to.equal(200);
  }

  before(async () => {
    catalog = await StandInCatalog.start();
    frontend = await System.create({ CATALOG_ADDRESS: catalog.address });
    frontend.launch('frontend');
    await eventually(() => frontend.client.send({ path: '/healthz' }));
    await leased(frontend);
  });

  after(async () => {
    await frontend.close();
    catalog.close();
  });

  it('looks up once what fifty ask for at the same time', async () => {
    const client = new HttpClient(frontend.url, 50);
    const looks = Array.from({ length: 50 }, () => look(client, 'Popular'));
    await catalog.holds(1);
    await eventually(async () => expect((await frontend.cluster()).cache.misses).to.equal(50));
    catalog.release({ quantity: 7, version: 1 });
    const seen = await Promise.all(looks);
    client.close();
    expect(seen).to.deep.equal(seen.map(() => ({ status: 200, use: 'MISS', quantity: 7 })));
    expect(catalog.lookups.filter(({ stockName }) => stockName === 'Popular')).to.have.length(1);
    expect(await get('Popular')).to.include({ use: 'HIT', quantity: 7 });
  });

  it('does not cache what the catalog says not to, and lets nobody share it', async () => {
    const first = get('Pending');
    await catalog.holds(1);
    const second = get('Pending');
    await eventually(async () => expect((await frontend.cluster()).cache.misses).to.equal(52));
    catalog.release({ quantity: 1, version: 1, cacheable: false });
    await first;
    const third = get('Pending');
    await catalog.holds(2);
    catalog.release({ quantity: 2, version: 2 });
    catalog.release({ quantity: 2, version: 2 });
    expect([(await second).quantity, (await third).quantity]).to.deep.equal([2, 2]);
    expect(await get('Pending')).to.include({ use: 'HIT', quantity: 2 });
  });

  it('does not cache an answer that is older than an invalidation which overtook it', async () => {
    const slow = get('Overtaken');
    await catalog.holds(1);
    await invalidate('Overtaken', 5);
    const fresh = get('Overtaken');
    await catalog.holds(2);
    catalog.release({ quantity: 4, version: 4 });
    expect((await slow).quantity, 'it had asked before').to.equal(4);
    const looksBefore = await lookCount();
    const next = get('Overtaken');
    await eventually(async () => expect(await lookCount()).to.equal(looksBefore + 1));
    catalog.release({ quantity: 5, version: 5 });
    expect(
      [(await fresh).quantity, (await next).quantity],
      'they asked after the invalidation',
    ).to.deep.equal([5, 5]);
    expect(await get('Overtaken')).to.include({ use: 'HIT', quantity: 5 });
  });

  it('keeps what is newer than a late invalidation', async () => {
    const first = get('Late');
    await catalog.holds(1);
    catalog.release({ quantity: 9, version: 9 });
    await first;
    await invalidate('Late', 8);
    expect(await get('Late')).to.include({ use: 'HIT', quantity: 9 });
    await invalidate('Late', 10);
    const again = get('Late');
    await catalog.holds(1);
    catalog.release({ quantity: 10, version: 10 });
    expect(await again).to.include({ use: 'MISS', quantity: 10 });
  });

  it('throws its cache away, and what is on its way to it, when the catalog ends its session', async () => {
    const cached = get('Kept');
    await catalog.holds(1);
    catalog.release({ quantity: 1, version: 1 });
    await cached;
    const slow = get('OnItsWay');
    await catalog.holds(1);
    const { sessionId: earlier } = catalog.lookups.at(-1) as { sessionId: string };
    catalog.renewalCode = 410;
    await eventually(async () => expect((await frontend.cluster()).cache).to.include({ size: 0 }));
    catalog.renewalCode = 200;
    await leased(frontend);
    catalog.release({ quantity: 1, version: 1 });
    await slow;
    for (const name of ['OnItsWay', 'Kept']) {
      const again = get(name);
      await catalog.holds(1);
      expect(catalog.lookups.at(-1)?.sessionId, name).not.to.equal(earlier);
      catalog.release({ quantity: 2, version: 2 });
      expect(await again, name).to.include({ use: 'MISS', quantity: 2 });
    }
  });
});
