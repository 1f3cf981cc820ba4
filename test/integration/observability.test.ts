// What is in observability/, with a real Prometheus: its own checks, and each query of the dashboard and each alert on a
// system that trades. Grafana itself is not started here.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { makeCertificates } from '../../src/certificates/make-certificates.js';
import { certificatesOf } from '../support/callers.js';
import { eventually } from '../support/eventually.js';
import { needsPrometheus, PrometheusServer } from '../support/prometheus.js';
import { System } from '../support/system.js';

const read = (file: string) => readFileSync(`observability/${file}`, 'utf8');

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

const dashboard = JSON.parse(read('grafana/dashboards/stock-server.json')) as Dashboard;
const offset = 1_000;

/** The configuration of Compose, with the addresses of this system, and in a hurry. */
function configFor(system: System): string {
  const metricsPort = (setting: string) => Number(system.environment[setting]) + offset;
  const addresses: Record<string, number> = {
    'frontend:8181': metricsPort('FRONTEND_INTERNAL_PORT'),
    'catalog:15150': metricsPort('CATALOG_PORT'),
    'order-1:15151': metricsPort('ORDER_1_PORT'),
    'order-2:15152': metricsPort('ORDER_2_PORT'),
    'order-3:15153': metricsPort('ORDER_3_PORT'),
  };
  return Object.entries(addresses)
    .reduce((text, [from, port]) => text.replace(from, `127.0.0.1:${port}`), read('prometheus.yml'))
    .replaceAll('5s', '250ms')
    .replace('alerts.yml', resolve('observability/alerts.yml'));
}

describe('observability', function () {
  this.timeout(120_000);
  needsPrometheus();

  describe('by the tool of Prometheus', () => {
    const check =
      (...args: string[]) =>
      () =>
        execFileSync('promtool', args, { stdio: 'pipe' });
    it('has a valid configuration', check('check', 'config', 'observability/prometheus.yml'));
    it('has valid rules', check('check', 'rules', 'observability/alerts.yml'));
    it(
      'has rules that raise the alarm when they should',
      check('test', 'rules', 'observability/alerts.test.yml'),
    );
  });

  describe('with a Prometheus that watches a system', () => {
    let system: System;
    let prometheus: PrometheusServer;

    async function trade(type: string): Promise<void> {
      await system.client.send({ path: '/stocks/GameStart' });
      const body = { name: 'GameStart', quantity: 1, type };
      await system.client.send({ method: 'POST', path: '/orders', body });
    }

    before(async () => {
      // As in Compose: Prometheus needs no certificate, and there is one whose end is watched.
      system = await System.create({ METRICS_PORT_OFFSET: String(offset), TLS: 'mutual' });
      await makeCertificates(certificatesOf(system));
      system.startAll();
      await system.ready(30_000);
      await system.inSync();
      prometheus = await PrometheusServer.start(configFor(system));
      await eventually(async () => {
        await trade('buy');
        await trade('sell');
        expect((await prometheus.query('sum(up)'))[0]?.value[1]).to.equal('5');
      }, 30_000);
      // Some seconds of trading, so that there are rates.
      await eventually(async () => {
        await trade('sell');
        const [trades] = await prometheus.query('rate(stock_last_transaction_number{job="catalog"}[5s])');
        const [copies] = await prometheus.query(
          'rate(stock_replication_duration_seconds_count{follower="1"}[5s])',
        );
        const [requests] = await prometheus.query('rate(stock_http_requests_total{method="POST"}[5s])');
        const rates = [trades, copies, requests].map((found) => Number(found?.value[1]));
        expect(Math.min(...rates)).to.be.greaterThan(0);
      }, 30_000);
    });
    after(async () => {
      await prometheus?.close();
      await system?.close();
    });

    const withRange = (expression: string) => expression.replaceAll('$__rate_interval', '30s');

    for (const { title, targets = [] } of dashboard.panels) {
      for (const { expr } of targets) {
        it(`gives data for "${title}": ${expr}`, async () => {
          const values = (await prometheus.query(withRange(expr))).map(({ value }) => Number(value[1]));
          expect(values).not.to.deep.equal([]);
          expect(values.filter(Number.isFinite), String(values)).not.to.deep.equal([]);
        });
      }
    }

    it('understands the marks of the dashboard', async () => {
      for (const { expr } of dashboard.annotations.list) {
        expect(await prometheus.query(expr)).to.deep.equal([]);
      }
    });

    it('raises no alarm, and knows the metrics of every rule', async () => {
      const rules = await eventually(async () => {
        const found = await prometheus.rules();
        expect(found.map(({ health }) => health)).to.deep.equal(found.map(() => 'ok'));
        return found;
      });
      for (const { name, query, state } of rules) {
        // Whether the disk and the processor of this machine are fast enough is not the question here.
        if (!['SlowDisk', 'EventLoop'].includes(name)) {
          expect(state, name).to.equal('inactive');
          expect(await prometheus.query(query), name).to.deep.equal([]);
        }
        for (const [metric] of query.matchAll(/\b(?:stock|process|nodejs)_\w+(?:\{job=[^}]*\})?/g)) {
          expect(await prometheus.query(metric), `${name}: ${metric}`).not.to.deep.equal([]);
        }
      }
    });

    it('raises an alarm when a trade would fail', async () => {
      await system.kill('catalog');
      const firing = async () => (await prometheus.rules()).filter(({ state }) => state !== 'inactive');
      await eventually(async () => {
        const names = (await firing()).map(({ name }) => name);
        expect(names).to.include.members(['NoTrades', 'ProcessAway', 'ReplicaNotReady']);
      }, 15_000);
    });
  });

  it('is what docs/operations.md says: each alert is explained there', () => {
    const alerts = [...read('alerts.yml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    const section = readFileSync('docs/operations.md', 'utf8')
      .split('## What to be woken for')[1]
      ?.split('\n## ')[0];
    const rows = [...(section ?? '').matchAll(/^\| (\w+) +\|/gm)].map(([, name]) => name);
    expect(rows.slice(1)).to.deep.equal(alerts);
  });

  it('has a dashboard that finds its data source', () => {
    const provisioned = /uid: (\w+)/.exec(read('grafana/provisioning/datasources/prometheus.yml'))?.[1];
    const panels = dashboard.panels.filter(({ type }) => type !== 'row');
    expect(panels.map(({ datasource }) => datasource?.uid)).to.deep.equal(panels.map(() => provisioned));
  });
});
