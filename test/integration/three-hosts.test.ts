// Three hosts and a database beside them, as docs/scaling.md has it: two with a frontend, a catalog and a replica, one
// with a replica only.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { makeCertificates } from '../../src/certificates/make-certificates.js';
import { eventually } from '../support/eventually.js';
import { checkHistory, post, type Posted } from '../support/history.js';
import { Hosts, needsHosts } from '../support/hosts.js';
import { HttpClient } from '../support/http.js';
import { needsPostgres, PostgresServer } from '../support/postgres-server.js';
import type { ClusterBody } from '../support/system.js';
import { Traders } from '../support/traders.js';

const stocks = ['GameStart', 'BoarCo', 'AAPL', 'META'];

describe('three hosts', function () {
  this.timeout(120_000);
  needsPostgres();
  needsHosts();
  let server: PostgresServer;
  let hosts: Hosts;
  let directory: string;
  const posted: Posted[] = [];

  before(async () => {
    server = await PostgresServer.start();
    hosts = new Hosts(3);
    await server.openTo(hosts.subnet);
    directory = await mkdtemp(join(tmpdir(), 'stock-hosts-'));
    await makeCertificates(join(directory, 'tls'));
  });

  after(async function () {
    if (this.currentTest?.state === 'failed') {
      console.log(hosts.output);
    }
    await hosts.close();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  const addressOf = (host: number): string => hosts.all[host - 1]?.address ?? '';
  const urlOf = (host: number): string => `http://${addressOf(host)}:8080`;

  function launch(host: number, ...names: readonly string[]): void {
    for (const name of names) {
      hosts.all[host - 1]?.launch(name, {
        TLS: 'mutual',
        TLS_DIR: join(directory, 'tls'),
        LOG_FORMAT: 'json',
        METRICS_PORT_OFFSET: '0',
        LEDGER: 'postgres',
        LEDGER_URL: `postgres://stock@${hosts.gateway}:${server.port}/stocks`,
        SNAPSHOT_INTERVAL_MS: '100',
        CATALOG_ADDRESSES: [1, 2].map((each) => `${addressOf(each)}:15050`).join(','),
        ORDER_1_ADDRESS: `${addressOf(3)}:15051`,
        ORDER_2_ADDRESS: `${addressOf(2)}:15052`,
        ORDER_3_ADDRESS: `${addressOf(1)}:15053`,
        FRONTEND_ADDRESS: `${addressOf(host)}:8081`,
        FRONTEND_ADDRESSES: [1, 2].map((each) => `${addressOf(each)}:8081`).join(','),
        // Each catalog has a disk of its own.
        DATA_DIR: name === 'catalog' ? join(directory, `host-${host}`) : directory,
      });
    }
  }

  /** Waits until all replicas are in sync, as they come with the first order. */
  async function inSync(host: number): Promise<void> {
    const client = new HttpClient(urlOf(host));
    await eventually(async () => {
      posted.push(await post(client, randomUUID(), { name: 'META', quantity: 1, type: 'sell' }));
      const { json } = await client.send({ path: '/cluster' });
      const { replicas } = (json as { data: ClusterBody }).data;
      expect(replicas.map(({ in_sync: is }) => is)).to.deep.equal([true, true, true]);
    }, 30_000);
    client.close();
  }

  /** Trades at one host while something happens to another one. @returns what was posted, and the longest silence, ms */
  async function tradeThrough(
    host: number,
    happening: () => Promise<void> | void,
  ): Promise<{ posted: readonly Posted[]; silenceMs: number }> {
    const traders = new Traders(urlOf(host), { clients: 8, stocks, retry: true });
    await delay(700);
    const fromMs = performance.now();
    await happening();
    await delay(6_000);
    const silenceMs = traders.longestSilenceMs(fromMs, performance.now());
    return { posted: await traders.stop(), silenceMs };
  }

  it('go on trading when one is cut off, and when another one dies, and nothing is lost', async () => {
    launch(1, 'catalog', 'order-3', 'frontend');
    launch(2, 'order-2', 'frontend');
    launch(3, 'order-1');
    await inSync(1);
    launch(2, 'catalog');
    await inSync(2);

    // Host 1 has the active catalog and the leader.
    const cut = await tradeThrough(2, () => hosts.all[0]?.pullCable());
    hosts.all[0]?.plugCable();
    await delay(1_000);
    launch(1, 'catalog');
    await inSync(1);
    await inSync(2);

    const died = await tradeThrough(1, () => hosts.all[1]?.powerOff());
    launch(2, 'catalog', 'order-2', 'frontend');
    await inSync(1);
    await inSync(2);
    await delay(500);

    posted.push(...cut.posted, ...died.posted);
    console.log(
      `      longest silences: ${cut.silenceMs.toFixed(0)} ms when cut off, ${died.silenceMs.toFixed(0)} ms when dead`,
    );
    expect(posted.filter(({ code }) => code !== 200 && code !== 404 && code !== 503)).to.deep.equal([]);
    expect(cut.silenceMs).to.be.below(5_000);
    expect(died.silenceMs).to.be.below(5_000);
    await checkHistory(directory, posted, join(directory, 'host-1'));
  });
});
