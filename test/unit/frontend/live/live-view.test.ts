import { expect } from 'chai';
import { LiveView } from '../../../../src/frontend/live/live-view.js';
import type { LiveUpdate } from '../../../../src/frontend/live/messages.js';
import type { ReplicaState } from '../../../../src/frontend/replica-port.js';

const idle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Everything that the view asks, to be changed by the tests. */
class Surroundings {
  timeMs = 1_000_000;
  leaderId = 3;
  term = 1;
  readonly asked = { stocks: 0, trades: 0, counts: 0 };
  readonly states = new Map<number, ReplicaState | undefined>();
  readonly cached = new Set<string>();
  stocks = [{ name: 'A', price: '1.50', quantity: 10, volume: 0, version: 0 }];
  trades: { number: number; name: string; type: string; quantity: number }[] = [];
  counters = { capacity: 5, size: 0, hits: 0, misses: 0, bypasses: 0 };
  requests = 0;
  catalogAnswers = true;
  readonly view: LiveView;

  constructor() {
    [1, 2, 3].forEach((id) => this.hear(id, {}));
    const finder = { leader: { leaderId: 0, term: 0 }, highestTerm: 0, replicas: [] };
    Object.defineProperties(finder, {
      leader: { get: () => ({ leaderId: this.leaderId, term: this.term }) },
      replicas: { get: () => [1, 2, 3].map((id) => ({ id, state: this.states.get(id) })) },
    });
    const stocks = { isCached: (name: string) => this.cached.has(name) };
    Object.defineProperty(stocks, 'counters', { get: () => this.counters });
    this.view = new LiveView({
      instanceId: 'f1',
      startedAtMs: 900_000,
      finder,
      stocks: stocks as unknown as ConstructorParameters<typeof LiveView>[0]['stocks'],
      catalog: {
        listStocks: () => {
          this.asked.stocks += 1;
          return Promise.resolve(this.stocks);
        },
        lookup: () => (this.catalogAnswers ? Promise.resolve() : Promise.reject(new Error('silent'))),
      },
      gateway: {
        newest: () => {
          this.asked.trades += 1;
          return Promise.resolve(this.trades);
        },
      },
      metrics: {
        routeCounts: () => {
          this.asked.counts += 1;
          const buckets = [{ upToS: 1, count: this.requests }];
          return Promise.resolve([{ route: 'GET /stocks/:name', buckets }]);
        },
      },
      timeOfDay: () => this.timeMs,
    });
  }

  hear(id: number, change: Partial<ReplicaState> | undefined): void {
    const role = id === this.leaderId ? 'leader' : 'follower';
    const known = {
      role,
      term: 1,
      leaderId: 3,
      lastNumber: 0,
      checksum: 255,
      ready: true,
      unreadyReason: '',
      inSyncIds: [1, 2, 3],
    };
    this.states.set(id, change && { ...known, uptimeMs: 5_000, ...change });
  }

  /** Some time later; what was asked is answered. */
  async step(ms = 250): Promise<LiveUpdate | undefined> {
    this.timeMs += ms;
    const update = this.view.step();
    await idle();
    return update;
  }
}

describe('what the page shows', () => {
  let around: Surroundings;

  beforeEach(async () => {
    around = new Surroundings();
    await around.step();
    await around.step();
  });

  it('is told when it changes, and not else', async () => {
    expect(await around.step()).to.equal(undefined);
    around.hear(3, { lastNumber: 2 });
    around.hear(2, { lastNumber: 1, inSyncIds: [] });
    const update = await around.step();
    expect(update).to.have.all.keys('atMs', 'cluster');
    expect(update?.cluster?.replicas[1]).to.deep.include({
      id: 2,
      lag: 1,
      inSync: true,
      checksum: '000000ff',
    });
  });

  it('asks for trades only when there are new ones, and tells only those', async () => {
    expect(around.asked.trades).to.equal(0);
    const first = { number: 1, name: 'A', type: 'buy', quantity: 1 };
    around.trades = [first];
    around.hear(3, { lastNumber: 1 });
    await around.step();
    expect((await around.step())?.trades).to.deep.equal([first]);
    around.trades = [{ ...first, number: 2 }, first];
    around.hear(3, { lastNumber: 2 });
    await around.step();
    expect((await around.step())?.trades?.map(({ number }) => number)).to.deep.equal([2]);
    await around.step();
    expect(around.asked.trades).to.equal(2);
    expect(around.view.state.trades.map(({ number }) => number)).to.deep.equal([2, 1]);
  });

  it('has the stocks that have changed, a cache that holds one too', async () => {
    around.cached.add('A');
    expect((await around.step())?.stocks).to.deep.equal([
      { name: 'A', price: '1.50', quantity: 10, volume: 0, cached: true },
    ]);
    around.stocks = [{ ...around.stocks[0], quantity: 9, volume: 1 } as (typeof around.stocks)[0]];
    await around.step(1_000);
    expect((await around.step())?.stocks?.[0]).to.include({ quantity: 9, volume: 1 });
  });

  it('shows the first 200 stocks of many, says how many there are, and asks for them rarely', async () => {
    const name = (index: number) => `S${String(index).padStart(5, '0')}`;
    around.stocks = Array.from({ length: 5_000 }, (_, index) => ({
      name: name(index),
      price: '1',
      quantity: 1,
      volume: 0,
      version: 0,
    }));
    await around.step(1_000);
    const update = await around.step();
    expect(update?.stockCount).to.equal(5_000);
    expect(around.view.state.stocks).to.have.length(200);
    await around.step(2_000);
    const { stocks: asked } = around.asked;
    await around.step(10_000);
    await around.step(2_000);
    expect(around.asked.stocks).to.equal(asked);
  });

  it('samples rates and the hit rate once a second', async () => {
    around.requests = 100;
    around.counters = { ...around.counters, hits: 3, misses: 1 };
    await around.step(1_000);
    const sample = (await around.step(0))?.sample;
    expect(sample?.routes[0]).to.include({ route: 'GET /stocks/:name' });
    expect(sample?.routes[0]?.perSecond).to.be.closeTo(80, 1);
    expect(sample?.hitRate).to.equal(0.75);
    expect((await around.step())?.sample).to.equal(undefined);
  });

  it('tells deaths, elections and catching up, each once', async () => {
    around.hear(3, undefined);
    expect((await around.step())?.happenings).to.deep.equal([
      { atMs: around.timeMs, kind: 'down', replicaId: 3 },
    ]);
    around.leaderId = 2;
    around.term = 2;
    around.hear(2, { inSyncIds: [1, 2], lastNumber: 7 });
    expect((await around.step())?.happenings?.map(({ kind }) => kind)).to.deep.equal(['elected']);
    expect(around.view.state.cluster.replicas[2]).to.include({ role: 'down', lag: 7, checksum: '' });
    around.hear(3, { role: 'follower', uptimeMs: 100 });
    expect((await around.step())?.happenings?.map(({ kind }) => kind)).to.deep.equal(['up']);
    around.hear(2, { inSyncIds: [1, 2, 3], lastNumber: 7 });
    expect((await around.step())?.happenings?.map(({ kind }) => kind)).to.deep.equal(['caught up']);
    expect((await around.step())?.happenings).to.equal(undefined);
    expect(around.view.state.happenings).to.have.length(4);
  });

  it('sees that a replica has started again, even if it was never seen down', async () => {
    around.hear(1, { uptimeMs: 50 });
    const kinds = (await around.step())?.happenings?.map(({ kind }) => kind);
    expect(kinds).to.deep.equal(['down', 'up', 'caught up']);
  });

  it('takes late news for no restart', async () => {
    // The frontend was paused for a minute: what it heard before is old, and nobody was restarted.
    expect((await around.step(60_000))?.happenings).to.equal(undefined);
    around.hear(1, { uptimeMs: 65_000 });
    expect((await around.step())?.happenings).to.equal(undefined);
  });

  it('forgets what is older than five minutes', async () => {
    around.hear(1, undefined);
    await around.step();
    await around.step(6 * 60_000);
    around.hear(1, {});
    await around.step();
    expect(around.view.state.happenings.map(({ kind }) => kind))
      .to.include('up')
      .and.not.to.include('down');
  });

  it('does not take for news what happened while nobody watched', async () => {
    around.hear(1, undefined);
    around.requests = 1e6;
    around.view.resume();
    expect((await around.step(30_000))?.happenings).to.equal(undefined);
    expect((await around.step(1_000))?.sample?.routes[0]?.perSecond ?? 0).to.be.lessThan(10);
  });

  it('waits for nobody: a question without an answer is not asked again', async () => {
    const silent = new Surroundings();
    let asked = 0;
    const parts = {
      instanceId: 'f2',
      startedAtMs: 0,
      finder: { leader: undefined, highestTerm: 4, replicas: [{ id: 1 as const, state: undefined }] },
      stocks: { counters: silent.counters, isCached: () => false },
      catalog: {
        listStocks: () => {
          asked += 1;
          return new Promise<never>(() => undefined);
        },
        lookup: () => new Promise<never>(() => undefined),
      },
      gateway: { newest: () => Promise.reject(new Error('nobody')) },
      metrics: { routeCounts: () => Promise.resolve([]) },
      timeOfDay: () => (silent.timeMs += 5_000),
    };
    const view = new LiveView(parts);
    view.step();
    view.step();
    view.step();
    expect(asked).to.equal(1);
    expect(view.state.cluster).to.deep.include({ leaderId: 0, term: 4 });
    expect(view.state.catalog).to.deep.equal({ state: 'unknown', answeredAtMs: 0 });
  });

  it('says that the catalog is down after two questions without an answer, and when it is back', async () => {
    expect(around.view.state.catalog).to.deep.equal({ state: 'up', answeredAtMs: 0 });
    around.catalogAnswers = false;
    await around.step();
    const answeredAtMs = around.timeMs;
    expect((await around.step())?.catalog).to.equal(undefined);
    const update = await around.step();
    expect(update?.catalog).to.deep.equal({ state: 'down', answeredAtMs });
    expect(update?.happenings).to.deep.equal([{ atMs: around.timeMs, kind: 'catalog down', replicaId: 0 }]);
    expect((await around.step())?.catalog).to.equal(undefined);
    around.catalogAnswers = true;
    await around.step();
    const recovered = await around.step();
    expect(recovered?.catalog).to.deep.equal({ state: 'up', answeredAtMs: 0 });
    expect(recovered?.happenings?.map(({ kind }) => kind)).to.deep.equal(['catalog up']);
  });

  it('takes no single question that was lost for a dead catalog', async () => {
    // As after a pause of this process: what was under way has run out of time.
    around.catalogAnswers = false;
    await around.step();
    around.catalogAnswers = true;
    await around.step(60_000);
    await around.step();
    expect(around.view.state.catalog.state).to.equal('up');
    expect(around.view.state.happenings).to.deep.equal([]);
  });

  it('does not know how the catalog is before it has asked again', async () => {
    around.catalogAnswers = false;
    await around.step();
    around.view.resume();
    expect((await around.step())?.catalog?.state).to.equal('unknown');
    await around.step();
    const update = await around.step();
    expect([update?.catalog?.state, update?.happenings]).to.deep.equal(['down', undefined]);
  });

  it('says why no trade would succeed, in the words of /readyz', async () => {
    expect(around.view.state.unreadyReason).to.equal('');
    const unreadyReason = 'order replica 3 does not reach the catalog';
    around.hear(3, { ready: false, unreadyReason });
    expect((await around.step())?.unreadyReason).to.equal(unreadyReason);
    [1, 2, 3].forEach((id) => around.hear(id, undefined));
    expect((await around.step())?.unreadyReason).to.equal('there is no order leader');
    [1, 2, 3].forEach((id) => around.hear(id, {}));
    expect((await around.step())?.unreadyReason).to.equal('');
  });

  it('says when this frontend started', () => {
    expect(around.view.state.startedAtMs).to.equal(900_000);
  });
});
