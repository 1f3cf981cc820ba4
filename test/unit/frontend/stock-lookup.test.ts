import { expect } from 'chai';
import { ApiError } from '../../../src/frontend/api-error.js';
import { CacheLease } from '../../../src/frontend/cache-lease.js';
import { StockCache } from '../../../src/frontend/stock-cache.js';
import { StockLookup } from '../../../src/frontend/stock-lookup.js';
import { FakeLeasePort } from '../../support/fake-lease-port.js';
import { FakeLookupPort } from '../../support/fake-lookup-port.js';
import { SilentLogger } from '../../support/silent-logger.js';
import { settle, VirtualClock, watch } from '../../support/virtual-clock.js';

describe('stock lookup', () => {
  let clock: VirtualClock;
  let catalog: FakeLookupPort;
  let leases: FakeLeasePort;
  let lease: CacheLease;
  let stocks: StockLookup;

  async function start(capacity: number): Promise<void> {
    clock = new VirtualClock();
    catalog = new FakeLookupPort();
    leases = new FakeLeasePort(300);
    lease = new CacheLease({
      port: leases,
      clock,
      instanceId: 'me',
      renewIntervalMs: 100,
      onSessionEnd: () => stocks.clear(),
      logger: new SilentLogger(),
    });
    stocks = new StockLookup(catalog, new StockCache(capacity), lease, clock, 1_500);
    lease.start();
    await settle();
  }

  /** What a request does. */
  async function get(name = 'GameStart'): Promise<string> {
    const cached = stocks.cached(name);
    const { stock, use } = cached ? { stock: cached, use: 'HIT' } : await stocks.find(name);
    return `${use} ${stock ? `version ${stock.version}` : 'nothing'}`;
  }

  const question = (index: number) => catalog.questions[index] as (typeof catalog.questions)[0];

  /** The catalog ends the session; the next one has begun when this is over. */
  async function loseSession(): Promise<void> {
    leases.code = 410;
    await clock.advance(100);
    leases.code = 200;
    await clock.advance(100);
  }

  beforeEach(() => start(5));
  afterEach(() => lease.stop());

  it('asks the catalog once, and the cache after that', async () => {
    const first = get();
    expect(question(0)).to.include({ name: 'GameStart', sessionId: 'me.1' });
    question(0).answer(1);
    expect(await first).to.equal('MISS version 1');
    expect(await get()).to.equal('HIT version 1');
    expect(catalog.questions).to.have.lengthOf(1);
    expect(stocks.counters).to.deep.equal({ capacity: 5, size: 1, hits: 1, misses: 1, bypasses: 0 });
  });

  it('asks once for all who miss the same stock at the same time', async () => {
    const requests = Array.from({ length: 100 }, () => get());
    expect(catalog.questions).to.have.lengthOf(1);
    question(0).answer(1);
    expect(new Set(await Promise.all(requests))).to.deep.equal(new Set(['MISS version 1']));
    expect(catalog.questions).to.have.lengthOf(1);
  });

  it('does not let a request that starts after an invalidation join an older question', async () => {
    const before = get();
    stocks.invalidate('GameStart', 2);
    const after = get();
    expect(catalog.questions).to.have.lengthOf(2);
    question(0).answer(1);
    question(1).answer(2);
    expect(await before).to.equal('MISS version 1');
    expect(await after).to.equal('MISS version 2');
    expect(await get()).to.equal('HIT version 2');
  });

  it('keeps sharing the newer question when the older one ends', async () => {
    const before = get();
    stocks.invalidate('GameStart', 2);
    const after = get();
    question(0).answer(1);
    await before;
    const another = get();
    expect(catalog.questions).to.have.lengthOf(2);
    question(1).answer(2);
    expect(await Promise.all([after, another])).to.deep.equal(['MISS version 2', 'MISS version 2']);
  });

  it('does not cache an answer that an invalidation has overtaken', async () => {
    const request = get();
    stocks.invalidate('GameStart', 2);
    question(0).answer(1);
    await request;
    expect(stocks.cached('GameStart')).to.equal(undefined);
  });

  it('does not share an answer that may not be cached: what it says may be over by now', async () => {
    const first = get();
    const second = get();
    question(0).answer(1, false);
    expect(await first).to.equal('MISS version 1');
    await settle();
    expect(catalog.questions).to.have.lengthOf(2);
    question(1).answer(2);
    expect(await second).to.equal('MISS version 2');
    expect(await get()).to.equal('HIT version 2');
  });

  it('does not cache an answer that may not be cached', async () => {
    const request = get();
    question(0).answer(1, false);
    await request;
    expect(stocks.cached('GameStart')).to.equal(undefined);
  });

  it('does not cache an answer that was given to an earlier session', async () => {
    const request = get();
    await loseSession();
    expect([lease.live, lease.sessionId]).to.deep.equal([true, 'me.2']);
    question(0).answer(1);
    expect(await request).to.equal('MISS version 1');
    expect(stocks.cached('GameStart')).to.equal(undefined);
    expect(stocks.counters.size).to.equal(0);
  });

  it('does not cache an answer while there is no session at all', async () => {
    const request = get();
    leases.code = 410;
    await clock.advance(100);
    question(0).answer(1);
    await request;
    expect(stocks.counters.size).to.equal(0);
  });

  it('does not let a request of a new session join a question of the one before', async () => {
    void get();
    await loseSession();
    const request = get();
    expect(question(1)).to.include({ sessionId: 'me.2' });
    question(0).answer(1);
    question(1).answer(2);
    expect(await request).to.equal('MISS version 2');
  });

  it('throws the cache away when the session ends', async () => {
    const request = get();
    question(0).answer(1);
    await request;
    await loseSession();
    expect(stocks.cached('GameStart')).to.equal(undefined);
  });

  it('serves nothing from the cache once the lease has run out, nor from then on what it held', async () => {
    const first = get();
    question(0).answer(1);
    await first;
    leases.code = 409;
    await clock.advance(295);
    expect([lease.live, lease.sessionId]).to.deep.equal([false, 'me.1']);
    const second = get();
    expect(question(1)).to.include({ sessionId: '' });
    question(1).answer(1);
    expect(await second).to.equal('BYPASS version 1');
    leases.code = 200;
    await clock.advance(100);
    expect([lease.live, lease.sessionId]).to.deep.equal([true, 'me.2']);
    expect([stocks.cached('GameStart'), stocks.counters.size]).to.deep.equal([undefined, 0]);
  });

  it('shares no question while the lease has run out', async () => {
    leases.code = 409;
    await clock.advance(300);
    const requests = [get(), get()];
    expect(catalog.questions).to.have.lengthOf(2);
    question(0).answer(1);
    question(1).answer(2);
    expect(await Promise.all(requests)).to.deep.equal(['BYPASS version 1', 'BYPASS version 2']);
  });

  it('asks the catalog each time when the capacity is 0', async () => {
    await lease.stop();
    await start(0);
    const requests = [get(), get()];
    expect(catalog.questions.map(({ sessionId }) => sessionId)).to.deep.equal(['', '']);
    question(0).answer(1);
    question(1).answer(1);
    expect(await Promise.all(requests)).to.deep.equal(['BYPASS version 1', 'BYPASS version 1']);
    expect(stocks.counters).to.deep.equal({ capacity: 0, size: 0, hits: 0, misses: 0, bypasses: 2 });
  });

  it('drops a stock whose invalidation names no version, and may cache it again', async () => {
    const first = get();
    question(0).answer(1);
    await first;
    stocks.invalidate('GameStart', undefined);
    const second = get();
    question(1).answer(1);
    expect(await second).to.equal('MISS version 1');
    expect(await get()).to.equal('HIT version 1');
  });

  it('finds nothing where there is nothing, and remembers nothing of it', async () => {
    for (let turn = 0; turn < 2; turn += 1) {
      const request = get('Nobody');
      question(turn).answerNothing();
      expect(await request).to.equal('MISS nothing');
    }
    expect(stocks.counters.size).to.equal(0);
  });

  it('asks again while the catalog does not answer, and gives up when the time is over', async () => {
    const request = watch(get());
    question(0).fail();
    await clock.advance(50);
    expect(catalog.questions).to.have.lengthOf(2);
    question(1).answer(1);
    await settle();
    expect(request.value).to.equal('MISS version 1');

    const hopeless = watch(get('BoarCo'));
    for (let index = 2; !hopeless.settled; index += 1) {
      question(index).fail();
      await clock.advance(50);
    }
    expect(hopeless.error).to.be.instanceOf(ApiError).and.to.include({ status: 503 });
    expect(catalog.questions.length).to.be.within(30, 34);
  });

  it('refuses at once the lookups that are more than may wait for the catalog', async () => {
    const waiting = Array.from({ length: 2_048 }, (_, index) => watch(get(`stock-${index}`)));
    const refused = watch(get());
    await settle();
    expect(refused.error).to.be.instanceOf(ApiError).and.to.include({ status: 503 });
    expect(catalog.questions).to.have.lengthOf(2_048);
    question(0).answer(1);
    await settle();
    expect(waiting[0]?.value).to.equal('MISS version 1');
    void get();
    expect(catalog.questions).to.have.lengthOf(2_049);
  });
});
