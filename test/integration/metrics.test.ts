// What Prometheus finds at each process, while a system trades, and whether docs/operations.md lists it.
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { HttpClient } from '../support/http.js';
import { System } from '../support/system.js';

const offset = 1_000;
const services = {
  catalog: 'CATALOG_PORT',
  'order-1': 'ORDER_1_PORT',
  'order-2': 'ORDER_2_PORT',
  'order-3': 'ORDER_3_PORT',
} as const;
type Service = keyof typeof services | 'frontend';
const replicas = [1, 2, 3] as const;
type ReplicaNumber = (typeof replicas)[number];

describe('metrics', function () {
  this.timeout(60_000);
  let system: System;
  /** Usually replica 3, but on a busy machine another one may be ready first. */
  let leaderId: number;
  let followerIds: readonly [ReplicaNumber, ReplicaNumber];

  before(async () => {
    system = await System.start({
      METRICS_PORT_OFFSET: String(offset),
      // A busy machine must not cause a second election, or a second session of the cache.
      HEARTBEAT_TIMEOUT_MS: '2000',
      LEASE_MS: '5000',
    });
    leaderId = (await system.cluster()).leader_id;
    followerIds = replicas.filter((id) => id !== leaderId) as [ReplicaNumber, ReplicaNumber];
    for (let times = 0; times < 5; times += 1) {
      const body = { name: 'GameStart', quantity: 1, type: 'sell' };
      expect((await system.client.send({ method: 'POST', path: '/orders', body })).status).to.equal(200);
    }
    await system.client.send({ path: '/stocks/GameStart' });
    await system.client.send({ path: '/stocks/GameStart' });
    await system.converged();
  });
  after(() => system.close());

  const url = (service: Service): string =>
    service === 'frontend'
      ? system.internalUrl
      : `http://127.0.0.1:${Number(system.environment[services[service]]) + offset}`;

  async function send(service: Service, path: string) {
    const client = new HttpClient(url(service));
    const answer = await client.send({ path });
    client.close();
    return answer;
  }

  async function values(service: Service): Promise<Map<string, number>> {
    const { text } = await send(service, '/metrics');
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  }

  it('of the catalog: its journal, its batches, and how long they take', async () => {
    const found = await values('catalog');
    expect(found.get('stock_last_transaction_number')).to.equal(5);
    expect(found.get('stock_term')).to.equal(1);
    expect(found.get('stock_leader_id')).to.equal(leaderId);
    expect(found.get('stock_cache_sessions')).to.equal(1);
    expect(found.get('stock_batch_orders_sum')).to.equal(5);
    expect(found.get('stock_batch_duration_seconds_count')).to.be.within(1, 5);
    expect(found.get('stock_elections_total{outcome="granted"}')).to.equal(1);
    expect(found.get('stock_elections_total{outcome="refused"}')).to.be.within(0, 5);
    expect(found.get('stock_takes_trades')).to.equal(1);
    expect(found.get('stock_alarms_total')).to.equal(0);
    // The term, and the batches.
    expect(found.get('stock_file_write_duration_seconds_count')).to.be.within(2, 6);
    expect(found.get('stock_file_write_duration_seconds_sum')).to.be.within(0.000_01, 5);
  });

  it('of the leader and of a follower: who they are, and how far', async () => {
    const leader = await values(await system.leaderName());
    const follower = await values(`order-${followerIds[0]}`);
    expect(leader.get('stock_replica_role{role="leader"}')).to.equal(1);
    expect(leader.get('stock_replica_role{role="follower"}')).to.equal(undefined);
    expect(follower.get('stock_replica_role{role="follower"}')).to.equal(1);
    expect([leader, follower].map((each) => each.get('stock_in_sync_followers'))).to.deep.equal([2, 0]);
    expect(leader.get('stock_batch_orders_sum')).to.equal(5);
    expect(leader.get('stock_ledger_duration_seconds_count')).to.be.within(1, 5);
    for (const id of followerIds) {
      expect(leader.get(`stock_replication_duration_seconds_count{follower="${id}"}`)).to.be.within(1, 5);
    }
    expect(follower.get('stock_batch_orders_count')).to.equal(0);
    for (const found of [leader, follower]) {
      expect(found.get('stock_last_transaction_number')).to.equal(5);
      expect(found.get('stock_term')).to.equal(1);
      expect(found.get('stock_replica_ready')).to.equal(1);
      expect(found.get('stock_orders_in_flight')).to.equal(0);
      expect(found.get('stock_orders_waiting')).to.equal(0);
      expect(found.get('stock_batches_waiting')).to.equal(0);
      expect(found.get('stock_file_write_duration_seconds_count')).to.be.within(1, 5);
    }
  });

  it('of the frontend: requests, the cache, the replicas', async () => {
    const found = await values('frontend');
    const orders = '{method="POST",route="/orders",status="200"}';
    expect(found.get(`stock_http_requests_total${orders}`)).to.equal(5);
    expect(found.get('stock_http_request_duration_seconds_count{method="POST",route="/orders"}')).to.equal(5);
    expect(found.get('stock_cache_lookups_total{use="hit"}')).to.equal(1);
    expect(found.get('stock_ready')).to.equal(1);
    expect(found.get('stock_leader_changes_total')).to.equal(1);
    for (const replica of replicas) {
      expect(found.get(`stock_replica_up{replica="${replica}"}`)).to.equal(1);
      expect(found.get(`stock_replica_lag{replica="${replica}"}`)).to.equal(0);
    }
    const [down] = followerIds;
    await system.kill(`order-${down}`);
    await system.knownDown(down);
    await eventually(async () => {
      const later = await values('frontend');
      expect(later.get(`stock_replica_up{replica="${down}"}`)).to.equal(0);
      expect(later.get(`stock_replica_lag{replica="${down}"}`)).to.equal(undefined);
    });
  });

  it('of invalidations: one for a stock that a frontend had in its cache', async () => {
    await system.client.send({ path: '/stocks/GameStart' });
    const body = { name: 'GameStart', quantity: 1, type: 'sell' };
    await system.client.send({ method: 'POST', path: '/orders', body });
    const found = await values('catalog');
    const count = 'stock_invalidation_duration_seconds_count{outcome="acknowledged"}';
    expect(found.get(count)).to.be.within(1, 2);
  });

  it('of each tell what Node tells: memory and the event loop', async () => {
    for (const service of ['catalog', await system.leaderName(), 'frontend'] as const) {
      const found = await values(service);
      expect(found.get('process_resident_memory_bytes')).to.be.greaterThan(20_000_000);
      expect(found.get('nodejs_eventloop_lag_p99_seconds')).to.be.within(0, 10);
    }
  });

  it('are all there is on their port', async () => {
    expect((await send('catalog', '/healthz')).status).to.equal(200);
    expect((await send('catalog', '/')).status).to.equal(404);
    expect((await send('catalog', '/metrics?x')).status).to.equal(404);
  });

  it('are those that docs/operations.md lists', async () => {
    const exposed = new Set<string>();
    for (const service of ['catalog', await system.leaderName(), 'frontend'] as const) {
      const { text } = await send(service, '/metrics');
      [...text.matchAll(/^# TYPE (stock_\w+) (\w+)/gm)].forEach(([, name, type]) =>
        exposed.add(`${name} ${service.split('-')[0]} ${type}`),
      );
    }
    const rows = readFileSync('docs/operations.md', 'utf8').matchAll(
      /^\| `(stock_\w+)` +\| ([a-z, ]+?) +\| (\w+) +\|/gm,
    );
    const listed = [...rows].flatMap(([, name, where = '', type]) =>
      where.split(', ').map((each) => `${name} ${each} ${type}`),
    );
    expect(listed.sort()).to.deep.equal([...exposed].sort());
  });
});
