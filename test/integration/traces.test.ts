// Where OTEL_EXPORTER_OTLP_ENDPOINT is set, a collector hears what became of a request, through all processes.
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { OtlpReceiver, traceTree } from '../support/otlp-receiver.js';
import { System, freePorts } from '../support/system.js';

const hex = (bytes: number) => randomBytes(bytes).toString('hex');
const purchase = { name: 'GameStart', quantity: 1, type: 'buy' };

function post(system: System, headers: Record<string, string>) {
  return system.client.send({ method: 'POST', path: '/orders', body: purchase, headers });
}

describe('traces', function () {
  this.timeout(60_000);
  let receiver: OtlpReceiver;
  let system: System;

  before(async () => {
    receiver = await OtlpReceiver.start();
    system = await System.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      // Sent at once, not every five seconds.
      OTEL_BSP_SCHEDULE_DELAY: '20',
    });
    await system.inSync();
  });
  after(async () => {
    await system.close();
    receiver.close();
  });

  it('follow an order through all hops, as a part of the trace that its client began', async () => {
    const [traceId, clientSpanId] = [hex(16), hex(8)];
    // So that the trade has something to invalidate.
    await system.client.send({ path: '/stocks/GameStart' });
    const headers = {
      traceparent: `00-${traceId}-${clientSpanId}-01`,
      'X-Request-ID': 'request-7',
      'Idempotency-Key': 'order-7',
    };
    const answer = await post(system, headers);
    expect(answer.status).to.equal(200);

    const tree = await eventually(() => {
      const lines = traceTree(receiver.ofTrace(traceId), clientSpanId);
      expect(lines).to.deep.equal([
        'frontend: POST /orders',
        '  order-3: OrderService/Order',
        '    order-3: CatalogService/TradeStream',
        '      catalog: CatalogService/Trade',
        '        catalog: DELETE /delete/:name',
        '          frontend: DELETE /delete/:name',
        `        catalog: write ${system.environment.LEDGER === 'postgres' ? 'the database' : 'journal.csv'}`,
        '    order-3: OrderService/ReplicateStream',
        '      order-1: OrderService/Replicate',
        '        order-1: write orders.csv',
        '    order-3: OrderService/ReplicateStream',
        '      order-2: OrderService/Replicate',
        '        order-2: write orders.csv',
        '    order-3: write orders.csv',
      ]);
      return lines;
    });
    const spans = receiver.ofTrace(traceId);
    expect(spans, 'none beside those of the tree').to.have.lengthOf(tree.length);
    const [first] = spans.filter(({ name }) => name === 'POST /orders');
    expect(first?.facts).to.include({ 'request.id': 'request-7', 'http.response.status_code': 200 });
    for (const name of ['OrderService/Order', 'CatalogService/Trade', 'OrderService/Replicate']) {
      const span = spans.find((each) => each.name === name);
      expect(span?.facts, name).to.include({ 'order.id': 'order-7', 'order.code': 200 });
    }
    for (const span of spans) {
      const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
      expect(span.endNs >= span.startNs, span.name).to.equal(true);
      // Clocks of one machine, read in fractions of milliseconds.
      const slackNs = 5_000_000n;
      expect(!parent || span.startNs >= parent.startNs - slackNs, `${span.name} begins early`).to.equal(true);
    }
  });

  it('tell each of the orders of a batch on its own', async () => {
    const traceIds = Array.from({ length: 40 }, () => hex(16));
    await Promise.all(traceIds.map((id) => post(system, { traceparent: `00-${id}-${hex(8)}-01` })));
    await eventually(() => {
      for (const id of traceIds) {
        const names = receiver.ofTrace(id).map(({ service, name }) => `${service} ${name}`);
        expect(names).to.include.members(['catalog CatalogService/Trade', 'order-1 OrderService/Replicate']);
      }
    });
  });

  it('begin at the frontend where the client began none, for lookups too', async () => {
    await system.client.send({ path: '/stocks/AAPL', headers: { 'X-Request-ID': 'lookup-1' } });
    await system.client.send({
      path: '/cluster',
      headers: { traceparent: 'nonsense', 'X-Request-ID': 'cluster-1' },
    });
    await eventually(() => {
      for (const [id, name] of [
        ['lookup-1', 'GET /stocks/:name'],
        ['cluster-1', 'GET /cluster'],
      ]) {
        const found = receiver.spans.find(({ facts }) => facts['request.id'] === id);
        expect(found).to.include({ name, parentSpanId: '' });
      }
    });
  });

  it('leave out what the client does not want traced', async () => {
    const traceId = hex(16);
    expect((await post(system, { traceparent: `00-${traceId}-${hex(8)}-00` })).status).to.equal(200);
    const later = hex(16);
    await post(system, { traceparent: `00-${later}-${hex(8)}-01` });
    await eventually(() => expect(receiver.ofTrace(later)).to.have.length.greaterThan(10));
    expect(receiver.ofTrace(traceId)).to.deep.equal([]);
  });
});

describe('traces without a collector', function () {
  this.timeout(60_000);
  let system: System;
  before(async () => {
    const [port] = await freePorts(1);
    system = await System.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_SCHEDULE_DELAY: '20',
    });
  });
  after(() => system.close());

  it('are lost with a warning; orders and an orderly stop go on', async () => {
    expect((await post(system, {})).status).to.equal(200);
    await eventually(() => expect(system.output).to.match(/"msg":"traces: .*ECONNREFUSED/));
    const startMs = performance.now();
    await system.kill('frontend', 'SIGTERM');
    expect(performance.now() - startMs).to.be.lessThan(5_000);
  });
});
