// Services with certificates: nobody else gets in, and nobody may do what is another one's to do.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClientError, createClient, Status } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { CatalogService, OrderService } from '#services';
import { createAuthority, fromPem, issue, periodOf } from '../../src/certificates/issuer.js';
import { makeCertificates } from '../../src/certificates/make-certificates.js';
import { channelOpener } from '../../src/shared/grpc-channel.js';
import { readIdentity } from '../../src/shared/tls-identity.js';
import { anotherFrontend } from '../support/another-frontend.js';
import { askInternally, callerAs, callRpc, certificatesOf, type Caller } from '../support/callers.js';
import { eventually } from '../support/eventually.js';
import { Link } from '../support/link.js';
import { outcome } from '../support/process-outcome.js';
import { freePorts, serviceNames, System, type ServiceName } from '../support/system.js';

const grpcServices = ['catalog', 'order-1', 'order-2', 'order-3'] as const;
const replicaNumbers = [1, 2, 3] as const;
/** So long that a trade which waits for the end of a lease is told from one that is merely slow. */
const leaseMs = 5_000;
const trade = { name: 'GameStart', type: 'sell', quantity: 1 } as const;

async function place(system: System): Promise<number> {
  const { status, json, text } = await system.client.send({ method: 'POST', path: '/orders', body: trade });
  expect(status, text).to.equal(200);
  return (json as { data: { transaction_number: number } }).data.transaction_number;
}

/** The status with which a call ends; undefined: it is answered. */
async function refusalOf(call: Promise<unknown>): Promise<{ code: Status; details: string } | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof ClientError) {
      return { code: error.code, details: error.details };
    }
    throw error;
  }
}

function askHealth(system: System, service: ServiceName, caller: Caller): Promise<unknown> {
  return callRpc(system, service, caller, HealthDefinition, (client, signal) =>
    client.check({ service: '' }, { signal }),
  );
}

async function* once<Message>(message: Message): AsyncGenerator<Message> {
  yield message;
}

/** The first answer on a stream. */
async function first<Answer>(answers: AsyncIterable<Answer>): Promise<Answer | undefined> {
  for await (const answer of answers) {
    return answer;
  }
  return undefined;
}

describe('services with mutual TLS', function () {
  this.timeout(60_000);
  let system: System;

  before(async () => {
    system = await System.create({ TLS: 'mutual', LEASE_MS: String(leaseMs) });
    await makeCertificates(certificatesOf(system));
    system.startAll();
    await system.ready(30_000);
  });

  after(() => system.close());

  const as = (service: ServiceName) => callerAs(system, service);

  const atCatalog = (
    service: ServiceName,
    call: Parameters<typeof callRpc<typeof CatalogService, unknown>>[4],
  ) => refusalOf(callRpc(system, 'catalog', as(service), CatalogService, call));

  const atReplica = (
    replica: 1 | 2 | 3,
    service: ServiceName,
    call: Parameters<typeof callRpc<typeof OrderService, unknown>>[4],
  ) => refusalOf(callRpc(system, `order-${replica}`, as(service), OrderService, call));

  it('trade, and no cache is older than a trade', async () => {
    const look = async () => {
      const { headers, json } = await system.client.send({ path: '/stocks/GameStart' });
      const { quantity } = (json as { data: { quantity: number } }).data;
      return { use: headers['x-cache'], quantity };
    };
    await eventually(async () => expect((await look()).use).to.equal('HIT'));
    const { quantity } = await look();
    const startMs = performance.now();
    await place(system);
    // An invalidation that does not arrive takes as long as a lease.
    expect(performance.now() - startMs).to.be.below(leaseMs / 2);
    expect(await look()).to.deep.equal({ use: 'MISS', quantity: quantity + 1 });
    expect(await look()).to.deep.equal({ use: 'HIT', quantity: quantity + 1 });
    expect((await system.cluster()).cache).to.include({ lease_live: true });
  });

  it('say in their metrics when their certificates end', async () => {
    const { text } = await system.client.send({ path: '/metrics' });
    const [, end] = /^stock_certificate_end_timestamp_seconds\{service="frontend"\} (\d+)$/m.exec(text) ?? [];
    expect(Number(end) * 1_000 - Date.now()).to.be.within(729 * 86_400_000, 730 * 86_400_000);
  });

  it('replace a leader that was killed, and bring it level', async () => {
    const leader = await system.leaderName();
    await system.kill(leader);
    await place(system);
    expect(await system.leaderName()).not.to.equal(leader);
    system.launch(leader);
    await system.inSync();
    await place(system);
    await system.converged();
  });

  describe('at every port', () => {
    const strangers: Record<string, () => Promise<Caller>> = {
      'nobody: no certificate at all': async () => ({ own: undefined }),
      'who signed a certificate for himself': async () => {
        const self = await createAuthority(periodOf(30));
        return { own: Buffer.from(await issue(self, 'catalog', periodOf(30))) };
      },
      'whose certificate has ended': async () => ({ own: await fromOurAuthority('catalog', -0.5) }),
      'who has a certificate signed by a service': async () => {
        const service = await fromPem(as('frontend').own?.toString() ?? '');
        return { own: Buffer.from(await issue(service, 'catalog', periodOf(30))) };
      },
    };

    async function fromOurAuthority(name: string, days: number): Promise<Buffer> {
      const pem = callerAs(system, 'authority' as ServiceName).own?.toString() ?? '';
      return Buffer.from(await issue(await fromPem(pem), name, periodOf(days)));
    }

    for (const [who, stranger] of Object.entries(strangers)) {
      it(`turn away somebody ${who}`, async () => {
        const caller = await stranger();
        for (const service of grpcServices) {
          const refusal = await refusalOf(askHealth(system, service, caller));
          expect(refusal?.code, service).to.equal(Status.UNAVAILABLE);
        }
        const answer = await askInternally(system, caller, 'GET', '/metrics').catch((error: Error) => error);
        expect(answer).to.be.instanceOf(Error);
      });
    }

    it('turn away somebody who speaks no TLS', async () => {
      for (const replica of replicaNumbers) {
        const channel = channelOpener(undefined)(
          `order-${replica}`,
          `127.0.0.1:${system.environment[`ORDER_${replica}_PORT`]}`,
        );
        const call = createClient(OrderService, channel).heartbeat(
          {},
          { signal: AbortSignal.timeout(2_000) },
        );
        expect((await refusalOf(call))?.code).to.equal(Status.UNAVAILABLE);
        channel.close();
      }
      const answer = await fetch(`${system.internalUrl}/metrics`).catch((error: Error) => error);
      expect(answer).to.be.instanceOf(Error);
    });

    it('turn away a certificate of ours that names no service', async () => {
      const caller = { own: await fromOurAuthority('somebody', 30) };
      for (const service of grpcServices) {
        expect((await refusalOf(askHealth(system, service, caller)))?.code).to.equal(Status.UNAUTHENTICATED);
      }
      expect(await askInternally(system, caller, 'GET', '/metrics')).to.equal(403);
    });

    it('are reached on a long way', async () => {
      const [port = 0] = await freePorts(1);
      const host = '127.0.0.1';
      const targetPort = Number(system.environment.CATALOG_PORT);
      const link = await Link.open({ host, port, targetHost: host, targetPort }, () => 0);
      link.weather = { delayMs: 50 };
      const identity = readIdentity({ TLS: 'mutual', TLS_DIR: certificatesOf(system) }, 'frontend');
      const channel = channelOpener(identity)('catalog', `${host}:${port}`);
      try {
        const health = createClient(HealthDefinition, channel);
        const answer = await eventually(() => health.check({ service: '' }), 5_000);
        expect(answer).to.include({ status: 1 });
      } finally {
        channel.close();
        link.close();
      }
    });

    it('let every service ask whether they are well', async () => {
      for (const service of grpcServices) {
        for (const caller of serviceNames) {
          expect(await askHealth(system, service, as(caller)), `${caller} at ${service}`).to.include({
            status: 1,
          });
        }
      }
    });
  });

  describe('at the catalog', () => {
    const denied = { code: Status.PERMISSION_DENIED };
    const batch = { requestId: 1, term: 999, leaderId: 2, firstTransactionNum: 1, trades: [] };
    const claim = { replicaId: 2, observedTerm: 0, lastTransactionNum: 0, lastChecksum: 0 };

    it('let no frontend trade, take office or read the journal', async () => {
      const calls = [
        atCatalog('frontend', (client, signal) =>
          client.trade({ name: 'AAPL', numberOfItems: 1, type: 'buy' }, { signal }),
        ),
        atCatalog('frontend', (client, signal) => first(client.tradeStream(once(batch), { signal }))),
        atCatalog('frontend', (client, signal) => client.beginTerm(claim, { signal })),
        atCatalog('frontend', (client, signal) => client.readJournal({ limit: 1 }, { signal })),
      ];
      for (const refusal of await Promise.all(calls)) {
        expect(refusal).to.deep.include(denied);
        expect(refusal?.details).to.match(/^frontend may not call \/CatalogService\//);
      }
    });

    it('let no replica look up stocks or take a lease', async () => {
      const calls = [
        atCatalog('order-2', (client, signal) => client.lookup({ stockName: 'AAPL' }, { signal })),
        atCatalog('order-2', (client, signal) => client.listStocks({}, { signal })),
        atCatalog('order-2', (client, signal) =>
          client.renewLease({ frontendAddress: '127.0.0.1:1', sessionId: 'x', begin: true }, { signal }),
        ),
      ];
      for (const refusal of await Promise.all(calls)) {
        expect(refusal).to.deep.include(denied);
      }
    });

    it('let no replica take office for another one, or lead in its name', async () => {
      const { term } = await system.cluster();
      expect(
        await atCatalog('order-2', (client, signal) =>
          client.beginTerm({ ...claim, replicaId: 3, observedTerm: term }, { signal }),
        ),
      ).to.deep.equal({ ...denied, details: 'order-2 gave another replicaId than its own' });
      for (const leaderId of [0, 1, 3]) {
        expect(
          await atCatalog('order-2', (client, signal) =>
            first(client.tradeStream(once({ ...batch, leaderId, term }), { signal })),
          ),
        ).to.deep.equal({ ...denied, details: 'order-2 gave another leaderId than its own' });
      }
      expect(await system.cluster()).to.include({ term });
    });

    it('answer a replica that gives its own number', async () => {
      expect(
        await atCatalog('order-2', async (client, signal) => {
          expect(await client.beginTerm(claim, { signal })).to.include({ code: 409 });
          expect(await first(client.tradeStream(once(batch), { signal }))).to.include({ code: 409 });
        }),
      ).to.equal(undefined);
    });
  });

  describe('at a replica', () => {
    const denied = { code: Status.PERMISSION_DENIED };
    const batch = { requestId: 1, term: 999, leaderId: 2, lines: Buffer.alloc(0) };

    it('let no frontend and no catalog replicate or copy the log', async () => {
      for (const service of ['frontend', 'catalog'] as const) {
        const calls = [
          atReplica(1, service, (client, signal) => first(client.replicateStream(once(batch), { signal }))),
          atReplica(1, service, (client, signal) => client.replicateOrder({ leaderId: 2 }, { signal })),
          atReplica(1, service, (client, signal) => client.syncUp({ transactionNum: 0 }, { signal })),
        ];
        for (const refusal of await Promise.all(calls)) {
          expect(refusal).to.deep.include(denied);
          expect(refusal?.details).to.match(new RegExp(`^${service} may not call /OrderService/`));
        }
      }
    });

    it('let no replica place orders, watch others or propose a leader', async () => {
      const calls = [
        atReplica(1, 'order-2', (client, signal) => client.order({ ...trade, numberOfItems: 1 }, { signal })),
        atReplica(1, 'order-2', (client, signal) => client.heartbeat({}, { signal })),
        atReplica(1, 'order-2', (client, signal) => client.notifyReplica({ leaderId: 1 }, { signal })),
        atReplica(1, 'order-2', (client, signal) => client.listOrders({}, { signal })),
      ];
      for (const refusal of await Promise.all(calls)) {
        expect(refusal).to.deep.include(denied);
      }
    });

    it('let no replica write as another one', async () => {
      const replicate = (leaderId: number) =>
        atReplica(1, 'order-2', (client, signal) =>
          first(client.replicateStream(once({ ...batch, leaderId }), { signal })),
        );
      expect(await replicate(3)).to.deep.equal({
        ...denied,
        details: 'order-2 gave another leaderId than its own',
      });
      expect(
        await atReplica(1, 'order-2', (client, signal) => client.replicateOrder({ leaderId: 3 }, { signal })),
      ).to.deep.include(denied);
      expect(
        await atReplica(1, 'order-2', (client, signal) => client.syncUp({ serviceId: 3 }, { signal })),
      ).to.deep.include(denied);
    });

    it('answer a replica that gives its own number', async () => {
      const answer = await atReplica(1, 'order-2', async (client, signal) => {
        expect((await client.syncUp({ serviceId: 2, limit: 1 }, { signal })).orders).to.have.length(1);
      });
      expect(answer).to.equal(undefined);
    });
  });

  describe('at the internal port of the frontend', () => {
    it('let the catalog invalidate, and nobody else do anything', async () => {
      expect(await askInternally(system, as('catalog'), 'DELETE', '/delete/AAPL')).to.equal(200);
      for (const service of ['order-1', 'order-2', 'order-3', 'frontend'] as const) {
        expect(await askInternally(system, as(service), 'DELETE', '/delete/AAPL'), service).to.equal(403);
        expect(await askInternally(system, as(service), 'GET', '/metrics'), service).to.equal(403);
      }
    });
  });

  describe('when they are started', function () {
    this.timeout(180_000);

    it('do not speak to one that is another than they meant', async () => {
      const { ORDER_1_PORT = '' } = system.environment;
      const mistaken = await anotherFrontend(system, {
        TLS: 'mutual',
        TLS_DIR: certificatesOf(system),
        ORDER_2_PORT: ORDER_1_PORT,
      });
      try {
        mistaken.launch('frontend');
        await mistaken.ready();
        await eventually(async () => {
          const { replicas } = await mistaken.cluster();
          expect(replicas.map(({ role }) => role === 'down')).to.deep.equal([false, true, false]);
        });
      } finally {
        await mistaken.close();
      }
    });

    it('take new certificates one after the other, while the others still have the old ones', async () => {
      await makeCertificates(certificatesOf(system));
      for (const service of serviceNames) {
        const before = system.child(service);
        await system.kill(service, 'SIGTERM');
        expect(before?.exitCode, `${service} has stopped in order`).to.equal(0);
        await outcome(system.launch(service));
        await system.ready();
        await eventually(() => place(system));
        await system.inSync();
      }
      await system.converged();
    });

    it('do not start with what they cannot use, and say so in one sentence', async () => {
      const path = join(certificatesOf(system), 'order-3', 'identity.pem');
      await system.kill('order-3');
      const other = await createAuthority(periodOf(30));
      await writeFile(path, await issue(other, 'order-3', periodOf(30)));
      const { exitCode, stderr } = await outcome(system.launch('order-3'));
      expect(exitCode).to.equal(78);
      expect(stderr.trim().split('\n')).to.have.length(1);
      expect(stderr).to.include(`${path} was not issued by the authority of `);
    });
  });
});
