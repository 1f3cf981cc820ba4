// Whether /readyz and the health service of gRPC tell the truth, and how soon: ready means that a trade would succeed.
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { limitFileSize, reasonAgainstLimits } from '../support/file-size-limit.js';
import { plainClient } from '../support/plain-grpc.js';
import { System, type ServiceName } from '../support/system.js';

/** How long readiness may lie: about a second (unit tests hold it to that), and what a busy machine adds. */
const truthWithinMs = 3_000;

const health = `
  syntax = "proto3";
  package grpc.health.v1;
  service Health { rpc Check(HealthCheckRequest) returns (HealthCheckResponse); }
  message HealthCheckRequest { string service = 1; }
  message HealthCheckResponse { uint32 status = 1; }
`;
const [serving, notServing] = [1, 2];

const sale = { name: 'AAPL', quantity: 1, type: 'sell' };
/** Less than one trade takes. */
const roomBytes = 11;

describe('health', function () {
  this.timeout(60_000);
  let system: System;
  beforeEach(async () => {
    system = await System.start();
  });
  afterEach(() => system.close());

  const trade = async () =>
    (await system.client.send({ method: 'POST', path: '/orders', body: sale })).status;

  async function readiness() {
    const { status, json } = await system.client.send({ path: '/readyz' });
    return { status, reason: (json as { error?: { message: string } }).error?.message };
  }

  const becomes = (status: number, reason?: string) =>
    eventually(async () => expect(await readiness()).to.deep.equal({ status, reason }), truthWithinMs);

  /** What a service says of itself, and of its readiness. */
  async function grpcHealth(setting: string, service: string) {
    const client = plainClient(health, 'grpc.health.v1.Health', `127.0.0.1:${system.environment[setting]}`);
    const ask = async (name: string) => (await client.call('Check', { service: name })).status;
    const answers = [await ask(''), await ask(service)];
    client.close();
    return answers;
  }

  const grpcBecomes = (setting: string, service: string, answers: readonly number[]) =>
    eventually(async () => expect(await grpcHealth(setting, service)).to.deep.equal(answers), truthWithinMs);

  async function fill(name: ServiceName, file: string): Promise<number> {
    const pid = system.child(name)?.pid as number;
    await limitFileSize(pid, statSync(join(system.dataDirectory, name, file)).size + roomBytes);
    return pid;
  }

  it('is good where a trade succeeds', async () => {
    expect(await trade()).to.equal(200);
    expect(await readiness()).to.deep.equal({ status: 200, reason: undefined });
    expect(await grpcHealth('CATALOG_PORT', 'CatalogService')).to.deep.equal([serving, serving]);
    for (const setting of ['ORDER_1_PORT', 'ORDER_3_PORT']) {
      expect(await grpcHealth(setting, 'OrderService')).to.deep.equal([serving, serving]);
    }
  });

  it('is bad without any order replica, and good again with one', async () => {
    await Promise.all((['order-1', 'order-2', 'order-3'] as const).map((name) => system.kill(name)));
    await becomes(503, 'there is no order leader');
    system.launch('order-1');
    await system.ready();
    expect(await trade()).to.equal(200);
  });

  it('is bad while the leader is dead or paused and nobody else can lead', async () => {
    await Promise.all((['order-1', 'order-2'] as const).map((name) => system.kill(name)));
    await system.knownDown(1);
    system.pause('order-3');
    await becomes(503, 'there is no order leader');
    system.resume('order-3');
    await becomes(200);
  });

  it('is bad without the catalog, and good again when it is back', async () => {
    await system.kill('catalog');
    await becomes(503, 'order replica 3 does not reach the catalog');
    await grpcBecomes('ORDER_1_PORT', 'OrderService', [serving, notServing]);
    system.launch('catalog');
    await system.ready();
    expect(await trade()).to.equal(200);
    await grpcBecomes('ORDER_1_PORT', 'OrderService', [serving, serving]);
  });

  it('is bad while the catalog is paused', async () => {
    system.pause('catalog');
    await becomes(503, 'order replica 3 does not reach the catalog');
    await grpcBecomes('ORDER_3_PORT', 'OrderService', [serving, notServing]);
    system.resume('catalog');
    await becomes(200);
  });

  it('stays good when the leader dies and another one can lead', async () => {
    await system.kill('order-3');
    await system.knownDown(3);
    await becomes(200);
    expect(await trade()).to.equal(200);
  });

  describe('with a full disk', () => {
    before(async function () {
      const reason = await reasonAgainstLimits();
      if (reason) {
        console.log(`    Skipped: ${reason}`);
        this.skip();
      }
    });

    it('of the catalog is bad from the first trade that fails until there is room, also if nobody trades', async () => {
      expect(await trade()).to.equal(200);
      const pid = await fill('catalog', 'journal.csv');
      expect(await trade()).to.equal(503);
      await becomes(503, 'the disk of the catalog is full');
      await grpcBecomes('CATALOG_PORT', 'CatalogService', [serving, notServing]);
      await grpcBecomes('ORDER_1_PORT', 'OrderService', [serving, notServing]);
      expect((await system.client.send({ path: '/stocks/AAPL' })).status).to.equal(200);
      const { size } = statSync(join(system.dataDirectory, 'catalog/journal.csv'));

      await limitFileSize(pid, 'unlimited');
      await becomes(200);
      await grpcBecomes('CATALOG_PORT', 'CatalogService', [serving, serving]);
      expect(statSync(join(system.dataDirectory, 'catalog/journal.csv')).size).to.equal(size);
      expect(await trade()).to.equal(200);
      await system.converged();
    });

    it('of the leader stays good: another one leads', async () => {
      expect(await trade()).to.equal(200);
      const pid = await fill('order-3', 'orders.csv');
      expect(await trade()).to.equal(200);
      await becomes(200);
      expect((await system.cluster()).leader_id).not.to.equal(3);
      await grpcBecomes('ORDER_3_PORT', 'OrderService', [serving, notServing]);

      await limitFileSize(pid, 'unlimited');
      await grpcBecomes('ORDER_3_PORT', 'OrderService', [serving, serving]);
      await system.converged();
    });

    it('of all replicas is bad', async () => {
      expect(await trade()).to.equal(200);
      const pids = await Promise.all(
        (['order-1', 'order-2', 'order-3'] as const).map((name) => fill(name, 'orders.csv')),
      );
      void trade();
      await eventually(async () => {
        expect((await readiness()).status).to.equal(503);
      }, truthWithinMs);
      await Promise.all(pids.map((pid) => limitFileSize(pid, 'unlimited')));
      await system.ready();
      await system.converged();
    });
  });
});

describe('health of a catalog on a file system without a free block', function () {
  this.timeout(60_000);
  let system: System;
  let directory: string;
  let filler: string;

  before(async function () {
    system = await System.create();
    directory = join(system.dataDirectory, 'catalog');
    filler = join(directory, 'filler');
    mkdirSync(directory);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'stock-test', directory], { stdio: 'ignore' });
    } catch {
      console.log('    Skipped: this needs the right to mount a file system');
      this.skip();
    }
  });
  after(async () => {
    await system.killAll();
    try {
      execFileSync('umount', [directory], { stdio: 'ignore' });
    } catch {
      // It was not mounted.
    }
    await system.close();
  });

  it('is bad before any trade has failed, and good when there is room', async () => {
    system.startAll();
    await system.ready();
    const trade = async () =>
      (await system.client.send({ method: 'POST', path: '/orders', body: sale })).status;
    const readyStatus = async () => (await system.client.send({ path: '/readyz' })).status;
    try {
      writeFileSync(filler, Buffer.alloc(2 ** 20));
    } catch (error) {
      expect(error).to.include({ code: 'ENOSPC' });
    }
    await eventually(async () => expect(await readyStatus()).to.equal(503), truthWithinMs);
    // The last block of the journal takes some more.
    await eventually(async () => expect(await trade()).to.equal(503));
    expect(await readyStatus()).to.equal(503);
    rmSync(filler);
    await eventually(async () => expect(await readyStatus()).to.equal(200), truthWithinMs);
    expect(await trade()).to.equal(200);
  });
});
