// What a peer that has gone mad may send to catalog and replicas: each RPC with numbers, terms and texts that cannot be.
import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, Status, type Channel, type ClientError } from 'nice-grpc';
import { CatalogService, OrderService } from '#services';
import { channelOpener, maxMessageBytes } from '../../src/shared/grpc-channel.js';
import { eventually } from '../support/eventually.js';
import { post } from '../support/history.js';
import { serviceNames, System } from '../support/system.js';

const openClients = (catalog: Channel, leader: Channel, follower: Channel) => ({
  catalog: createClient(CatalogService, catalog),
  leader: createClient(OrderService, leader),
  follower: createClient(OrderService, follower),
  /** The term of the system, and how far it is. */
  term: 0,
  last: 0,
});
type Clients = ReturnType<typeof openClients>;

/** The code of the answer, or the status that the call ended with. */
type Outcome = number | string;

interface Case {
  readonly what: string;
  readonly ask: (clients: Clients) => Promise<Outcome>;
  readonly outcome: Outcome;
}

const maxInt32 = 2_147_483_647;
const maxUint32 = 4_294_967_295;
const sale = { name: 'GameStart', type: 'sell', numberOfItems: 1 };
const line = (fields: string): Uint8Array => Buffer.from(`${fields}\n`);

async function first<Request, Answer>(
  stream: (requests: AsyncIterable<Request>) => AsyncIterable<Answer>,
  request: Request,
): Promise<Answer> {
  async function* requests(): AsyncGenerator<Request> {
    yield request;
  }
  for await (const answer of stream(requests())) {
    return answer;
  }
  throw new Error('no answer came');
}

type Batch = Parameters<Clients['catalog']['tradeStream']>[0] extends AsyncIterable<infer T> ? T : never;
type Lines = Parameters<Clients['leader']['replicateStream']>[0] extends AsyncIterable<infer T> ? T : never;

const batch =
  (change: (clients: Clients) => Partial<Batch>) =>
  async (clients: Clients): Promise<number> => {
    const { catalog, term, last } = clients;
    const trades = [{ ...sale, orderId: 'mad-1' }];
    const whole = { requestId: 1, term, leaderId: 2, firstTransactionNum: last + 1, trades };
    return (await first((requests) => catalog.tradeStream(requests), { ...whole, ...change(clients) })).code;
  };
const lines =
  (change: (clients: Clients) => Partial<Lines>) =>
  async (clients: Clients): Promise<number> => {
    const whole = { requestId: 1, term: clients.term, leaderId: 2, lines: Buffer.alloc(0) };
    const request = { ...whole, ...change(clients) };
    return (await first((requests) => clients.follower.replicateStream(requests), request)).code;
  };
const claim =
  (change: (clients: Clients) => Partial<Parameters<Clients['catalog']['beginTerm']>[0]>) =>
  async (clients: Clients): Promise<number> => {
    const whole = { replicaId: 1, observedTerm: clients.term, lastTransactionNum: 0, lastChecksum: 0 };
    return (await clients.catalog.beginTerm({ ...whole, ...change(clients) })).code;
  };

const cases: readonly Case[] = [
  {
    what: 'a batch of an earlier term',
    ask: batch(({ term }) => ({ term: term - 1 })),
    outcome: 409,
  },
  { what: 'a batch of a forged later term', ask: batch(({ term }) => ({ term: term + 1 })), outcome: 409 },
  { what: 'a batch of the largest term', ask: batch(() => ({ term: maxUint32 })), outcome: 409 },
  { what: 'a batch of another leader', ask: batch(() => ({ leaderId: 3 })), outcome: 409 },
  { what: 'a batch of a leader that cannot be', ask: batch(() => ({ leaderId: -1 })), outcome: 409 },
  {
    what: 'a batch that leaves a gap',
    ask: batch(({ last }) => ({ firstTransactionNum: last + 2 })),
    outcome: 412,
  },
  { what: 'a batch that begins again', ask: batch(() => ({ firstTransactionNum: 1 })), outcome: 412 },
  { what: 'a batch at a negative number', ask: batch(() => ({ firstTransactionNum: -1 })), outcome: 412 },
  {
    what: 'a batch at the largest number',
    ask: batch(() => ({ firstTransactionNum: maxInt32 })),
    outcome: 412,
  },
  {
    what: 'a batch of 257 orders',
    ask: batch(() => ({
      trades: Array.from({ length: 257 }, (_, index) => ({ ...sale, orderId: `m-${index}` })),
    })),
    outcome: 400,
  },
  {
    what: 'a batch with an order without an id',
    ask: batch(() => ({ trades: [{ ...sale, orderId: '' }] })),
    outcome: 400,
  },
  {
    what: 'a batch with an id that would be another line of the journal',
    ask: batch(() => ({ trades: [{ ...sale, orderId: 'a,1\n9,AAPL,sell,1,b,1' }] })),
    outcome: 400,
  },
  {
    what: 'a batch with an id of 65 characters',
    ask: batch(() => ({ trades: [{ ...sale, orderId: 'x'.repeat(65) }] })),
    outcome: 400,
  },
  {
    what: 'a claim with an earlier term',
    ask: claim(({ term }) => ({ observedTerm: term - 1 })),
    outcome: 409,
  },
  { what: 'a claim with a term far ahead', ask: claim(() => ({ observedTerm: maxUint32 })), outcome: 409 },
  {
    what: 'a claim of a log that is longer',
    ask: claim(({ last }) => ({ lastTransactionNum: last + 1 })),
    outcome: 412,
  },
  {
    what: 'a claim of a log that differs',
    ask: claim(() => ({ lastTransactionNum: 1, lastChecksum: 1 })),
    outcome: 412,
  },
  {
    what: 'a claim of a log of negative length',
    ask: claim(() => ({ lastTransactionNum: -1 })),
    outcome: 412,
  },
  { what: 'copies of an earlier term', ask: lines(({ term }) => ({ term: term - 1 })), outcome: 409 },
  { what: 'copies of a term far ahead', ask: lines(() => ({ term: maxUint32 })), outcome: 503 },
  {
    what: 'a copy that leaves a gap',
    ask: lines(({ last }) => ({ lines: line(`${last + 2},GameStart,sell,1,mad-2,1,00000000`) })),
    outcome: 412,
  },
  {
    what: 'a copy with a wrong checksum',
    ask: lines(({ last }) => ({ lines: line(`${last + 1},GameStart,sell,1,mad-2,1,00000000`) })),
    outcome: 503,
  },
  {
    what: 'a copy of number 1 that differs',
    ask: lines(() => ({ lines: line('1,AAPL,buy,9,mad-3,1,00000000') })),
    outcome: 503,
  },
  {
    what: 'a copy that is cut off',
    ask: lines(({ last }) => ({ lines: Buffer.from(`${last + 1},Game`) })),
    outcome: 503,
  },
  { what: 'a copy that is garbage', ask: lines(() => ({ lines: line('\0\x01\xff,,,,') })), outcome: 503 },
  {
    what: 'a leader that cannot be: -1',
    ask: async ({ leader, term }) => (await leader.notifyReplica({ leaderId: -1, term: term - 1 })).code,
    outcome: 409,
  },
  {
    what: 'a leader that cannot be: 99, of the past',
    ask: async ({ leader }) => (await leader.notifyReplica({ leaderId: 99, term: 0 })).code,
    outcome: 409,
  },
  {
    what: 'an order of fewer than no shares',
    ask: async ({ leader }) => (await leader.order({ ...sale, numberOfItems: -1 })).code,
    outcome: 404,
  },
  {
    what: 'an order of the smallest number',
    ask: async ({ leader }) => (await leader.order({ ...sale, numberOfItems: -2_147_483_648 })).code,
    outcome: 404,
  },
  {
    what: 'a sale of more than can be counted',
    ask: async ({ leader }) =>
      (await leader.order({ ...sale, name: 'META', type: 'buy', numberOfItems: maxInt32 })).code,
    outcome: 404,
  },
  {
    what: 'an order of the type "refused-buy"',
    ask: async ({ leader }) => (await leader.order({ ...sale, type: 'refused-buy' })).code,
    outcome: 404,
  },
  {
    what: 'an order of a stock called "__proto__"',
    ask: async ({ leader }) => (await leader.order({ ...sale, name: '__proto__' })).code,
    outcome: 404,
  },
  {
    what: 'an order under a bad id',
    ask: async ({ leader }) => (await leader.order({ ...sale, orderId: 'a b' })).code,
    outcome: 400,
  },
  {
    what: 'a bare trade under a bad id',
    ask: async ({ catalog }) => (await catalog.trade({ ...sale, orderId: '=1+1' })).code,
    outcome: 400,
  },
  {
    what: 'a bare trade of less than nothing',
    ask: async ({ catalog }) => (await catalog.trade({ ...sale, numberOfItems: -5 })).code,
    outcome: 404,
  },
  {
    what: 'a lease of a stranger',
    ask: async ({ catalog }) =>
      (await catalog.renewLease({ frontendAddress: 'evil:1', sessionId: 'x', begin: true })).code,
    outcome: 403,
  },
  {
    what: 'the journal after a negative number',
    ask: async ({ catalog }) =>
      (await catalog.readJournal({ transactionNum: -9, limit: 1 })).lastTransactionNum,
    outcome: 2,
  },
  {
    what: 'the journal in a page without bounds',
    ask: async ({ catalog }) =>
      (await catalog.readJournal({ transactionNum: 0, limit: maxUint32 })).orders.length,
    outcome: 2,
  },
  {
    what: 'a log after a negative number',
    ask: async ({ leader }) => (await leader.syncUp({ transactionNum: -1, serviceId: -1 })).orders.length,
    outcome: 2,
  },
  {
    what: 'a log after the largest number',
    ask: async ({ leader }) =>
      (await leader.syncUp({ transactionNum: maxInt32, serviceId: 1, limit: maxUint32 })).orders.length,
    outcome: 0,
  },
  {
    what: 'a message that is larger than any may be',
    ask: ({ catalog }) =>
      catalog.lookup({ stockName: 'x'.repeat(maxMessageBytes + 1) }).then(
        () => 0,
        (error: ClientError) => Status[error.code],
      ),
    outcome: 'RESOURCE_EXHAUSTED',
  },
];

describe('bad gRPC input', function () {
  this.timeout(30_000);
  let system: System;
  let channels: Channel[];
  let clients: Clients;
  let journal: Buffer;
  let pids: (number | undefined)[];

  const journalFile = () => readFile(join(system.dataDirectory, 'catalog', 'journal.csv'));

  before(async () => {
    // A busy machine must not cause an election here.
    system = await System.start({ HEARTBEAT_TIMEOUT_MS: '2000' });
    for (const key of ['a', 'b']) {
      await post(system.client, key, { name: 'GameStart', type: 'sell', quantity: 1 });
    }
    await system.converged();
    const settings = ['CATALOG_PORT', 'ORDER_2_PORT', 'ORDER_1_PORT'];
    const openChannel = channelOpener(undefined);
    channels = settings.map((setting) => openChannel('catalog', `127.0.0.1:${system.environment[setting]}`));
    const opened = openClients(...(channels as [Channel, Channel, Channel]));
    // So that there is an earlier term.
    await opened.leader.notifyReplica({ leaderId: 2, term: 1 });
    const term = await eventually(async () => {
      const cluster = await system.cluster();
      expect(cluster.leader_id).to.equal(2);
      return cluster.term;
    });
    await system.inSync();
    clients = { ...opened, term, last: 2 };
    journal = await journalFile();
    pids = serviceNames.map((name) => system.child(name)?.pid);
  });

  after(async () => {
    channels.forEach((channel) => channel.close());
    await system.close();
  });

  for (const { what, ask, outcome } of cases) {
    it(`${what}: ${outcome}`, async () => {
      expect(await ask(clients)).to.equal(outcome);
    });
  }

  it('has changed nothing: the same processes, leader and journal, and the next trade gets the next number', async () => {
    const { term, leader_id: leaderId } = await system.cluster();
    const children = serviceNames.map((name) => system.child(name));
    expect(children.map((child) => [child?.pid, child?.exitCode])).to.deep.equal(
      pids.map((pid) => [pid, null]),
    );
    expect([term, leaderId]).to.deep.equal([clients.term, 2]);
    // A purchase of more than there is leaves its refusal, and nothing else may be there.
    const written = (await journalFile()).subarray(journal.length).toString();
    expect(written).to.match(/^0,META,refused-buy,2147483647,[^,]+,\d+,[0-9a-f]{8}\n$/);
    const next = await post(system.client, 'c', { name: 'GameStart', type: 'sell', quantity: 1 });
    expect(next.number).to.equal(3);
    await system.converged();
  });

  it('cannot stop the trading with terms forged in steps, each of which could be true', async () => {
    for (const ahead of [900, 1_800, 2_700]) {
      await lines(({ term }) => ({ term: term + ahead }))(clients);
    }
    const next = await post(system.client, 'd', { name: 'GameStart', type: 'sell', quantity: 1 });
    expect(next.number).to.equal(4);
    await system.converged();
  });
});
