// Three hosts as docs/scaling.md sets them up, step by step, and a database with a synchronous standby beside them. All
// are on this machine: what they have of each other are addresses.
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { exportLedger } from '../../src/audit/ledger-transfer.js';
import { needsDocker } from '../support/compose.js';
import { ComposeHosts, needsAddresses, type ComposeHost } from '../support/compose-hosts.js';
import { eventually } from '../support/eventually.js';
import { checkHistory, post, type Posted } from '../support/history.js';
import { HttpClient } from '../support/http.js';
import { needsPostgres, PostgresServer } from '../support/postgres-server.js';
import { freePorts, type ClusterBody } from '../support/system.js';
import { Traders } from '../support/traders.js';

const run = promisify(execFile);
const image = 'distributed-stock-server:hosts';
const stocks = ['GameStart', 'BoarCo', 'AAPL', 'META'];
/** How long orders may wait when a host is gone. */
const longestSilenceMs = 5_000;

const tradingHost = 'deploy/trading-host.yml';
const plans = [
  { name: 'a', file: tradingHost, services: ['catalog', 'frontend', 'order-3'] },
  { name: 'b', file: tradingHost, services: ['catalog', 'frontend', 'order-2'] },
  { name: 'c', file: 'deploy/replica-host.yml', services: ['order-1'] },
];

describe('several hosts in containers', function () {
  this.timeout(240_000);
  needsDocker();
  needsPostgres();
  needsAddresses();
  let hosts: ComposeHosts;
  let a: ComposeHost;
  let b: ComposeHost;
  let c: ComposeHost;
  let databases: PostgresServer[] = [];
  let urls: string[];
  const posted: Posted[] = [];

  before('do what the guide says', async function () {
    this.timeout(600_000);
    hosts = await ComposeHosts.create(plans);
    [a, b, c] = hosts.all as [ComposeHost, ComposeHost, ComposeHost];
    const primary = await PostgresServer.start();
    databases = [primary];
    // The networks of the containers, which Docker numbers as it likes.
    await primary.openTo('samenet');
    databases.push(await primary.synchronousStandby());

    await run('docker', ['build', '--tag', image, '.']);
    const certificates = join(hosts.directory, 'tls');
    await run('npm', ['run', 'stock', '--', 'certificates'], {
      env: { ...process.env, TLS_DIR: certificates },
    });
    const ports = await freePorts(plans.length);
    urls = [a, b].map(({ address }, index) => `http://${address}:${ports[index]}`);
    const project = `test-${randomBytes(4).toString('hex')}`;
    for (const [index, host] of hosts.all.entries()) {
      await host.prepare(certificates, {
        PRIVATE_ADDRESS: host.address,
        REPLICA_ID: String(plans.length - index),
        LEDGER_URL: `postgres://stock@${databases.map(({ port }) => `${hosts.gateway}:${port}`).join()}/stocks`,
        CATALOG_ADDRESSES: [a, b].map(({ address }) => `${address}:15050`).join(),
        FRONTEND_ADDRESSES: [a, b].map(({ address }) => `${address}:8081`).join(),
        ORDER_1_ADDRESS: `${c.address}:15051`,
        ORDER_2_ADDRESS: `${b.address}:15052`,
        ORDER_3_ADDRESS: `${a.address}:15053`,
        IMAGE: image,
        // What three real hosts would not have to tell apart.
        COMPOSE_PROJECT_NAME: `${project}-${plans[index]?.name}`,
        FRONTEND_PORT: String(ports[index]),
      });
    }
  });

  afterEach('show the logs of a failure', async function () {
    if (this.currentTest?.isFailed()) {
      console.log(await hosts.logs());
    }
  });

  after('remove everything', async () => {
    await hosts?.close();
    await Promise.all(databases.map((database) => database.close()));
  });

  const start = (host: ComposeHost): Promise<string> => host.compose('up', '-d');
  const healthy = (host: ComposeHost): Promise<string> => host.compose('up', '-d', '--wait');

  /** Waits until all replicas are in sync, as they come with the first order. */
  async function inSync(url = ''): Promise<ClusterBody> {
    const client = new HttpClient(url);
    const body = await eventually(async () => {
      posted.push(await post(client, randomUUID(), { name: 'META', quantity: 1, type: 'sell' }));
      const cluster = ((await client.send({ path: '/cluster' })).json as { data: ClusterBody }).data;
      expect(cluster.replicas.map(({ in_sync: is }) => is)).to.deep.equal([true, true, true]);
      return cluster;
    }, 30_000);
    client.close();
    return body;
  }

  /** Has the replica of a host lead: while containers start, a busy machine may have made another one the leader. */
  async function leadsFrom(host: ComposeHost): Promise<void> {
    await eventually(async () => {
      const { leader_id: leader } = await inSync(urls[1]);
      const leading = hosts.all[plans.length - leader];
      if (leading !== host) {
        await leading?.compose('restart', 'order');
        throw new Error(`replica ${leader} leads`);
      }
    }, 30_000);
  }

  /** Powers a host off under load, and has it back. @returns the longest time in which no order was executed, ms */
  async function tradeWithout(host: ComposeHost): Promise<number> {
    const traders = new Traders(urls, { clients: 8, stocks, retry: true });
    await delay(1_000);
    const fromMs = performance.now();
    await host.powerOff();
    await delay(4_000);
    const silenceMs = traders.longestSilenceMs(fromMs, performance.now());
    await start(host);
    await delay(1_000);
    posted.push(...(await traders.stop()));
    return silenceMs;
  }

  it('trade through both frontends, go on when one host is dead and then another, and lose nothing', async () => {
    await start(a);
    await eventually(async () => expect(await a.compose('logs', 'catalog')).to.match(/is the active one/));
    await Promise.all(hosts.all.map(healthy));
    expect(await b.compose('logs', 'catalog'))
      .to.match(/stands by/)
      .and.not.match(/is the active one/);
    await leadsFrom(a);

    const withoutA = await tradeWithout(a);
    await inSync(urls[0]);
    await inSync(urls[1]);
    const withoutC = await tradeWithout(c);
    await Promise.all(hosts.all.map(healthy));
    await inSync(urls[0]);
    // What counts is in the database and in the logs of the replicas.
    await Promise.all(hosts.all.map((host) => host.compose('stop')));

    console.log(
      `      ${posted.length} orders; longest silences: ${withoutA.toFixed(0)} ms without the first host, ${withoutC.toFixed(0)} ms without the third`,
    );
    const expected = [0, 200, 404, 503];
    expect(posted.filter(({ code }) => !expected.includes(code))).to.deep.equal([]);
    expect(withoutA).to.be.below(longestSilenceMs);
    expect(withoutC).to.be.below(longestSilenceMs);
    const files = join(hosts.directory, 'files');
    for (const [index, host] of hosts.all.entries()) {
      const name = `order-${plans.length - index}`;
      await cp(join(host.volumes, name), join(files, name), { recursive: true });
    }
    await exportLedger(databases[0]?.url ?? '', files);
    await checkHistory(files, posted);
  });
});
