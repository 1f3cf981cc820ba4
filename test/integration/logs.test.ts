// What the processes log of the life of an order, and of who leads, as fields that a machine can find.
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { System } from '../support/system.js';

type Line = Readonly<Record<string, unknown>>;

const purchase = { name: 'GameStart', quantity: 1, type: 'buy' };

async function post(system: System, requestId: string, key: string): Promise<void> {
  const headers = { 'X-Request-ID': requestId, 'Idempotency-Key': key };
  const answer = await system.client.send({ method: 'POST', path: '/orders', body: purchase, headers });
  expect(answer.status).to.equal(200);
}

function lines(system: System): Line[] {
  return system.output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
}

describe('logs', function () {
  this.timeout(60_000);
  let system: System;
  afterEach(() => system.close());

  it('tell the life of an order at level debug, with its ids, the replica and the term', async () => {
    system = await System.start({ LOG_LEVEL: 'debug' });
    await system.inSync();
    const { leader_id: replica, term } = await system.cluster();
    await post(system, 'request-7', 'order-7');
    await eventually(() => {
      const found = lines(system);
      const request = found.filter(({ requestId }) => requestId === 'request-7');
      const of = (service: string, msg: string) =>
        request.find((line) => line['service'] === service && line['msg'] === msg);
      expect(of('frontend', 'request')).to.include({ method: 'POST', path: '/orders', status: 200 });
      const order = { orderId: 'order-7', replica, term, code: 200, number: 1 };
      expect(of('frontend', 'order')).to.include(order);
      expect(of(`order-${replica}`, 'order')).to.include(order);
      expect(of('catalog', 'trade')).to.include(order);
      const copies = found.filter(
        ({ msg, orderIds }) => msg === 'copied' && String(orderIds).includes('order-7'),
      );
      expect(copies).to.have.lengthOf(2);
      copies.forEach((copy) => expect(copy).to.include({ leaderId: replica, term, code: 200, number: 1 }));
    });
  });

  it('tell at level info who begins and ends to lead, and nothing of single orders', async () => {
    system = await System.start();
    const { leader_id: first } = await system.cluster();
    await post(system, 'request-8', 'order-8');
    await system.kill(`order-${first as 1 | 2 | 3}`);
    await post(system, 'request-9', 'order-9');
    const { leader_id: replica, term } = await system.cluster();
    await eventually(() => {
      const found = lines(system).filter((line) => line['replica'] === replica && line['term'] === term);
      const texts = found.map(({ service, msg }) => `${String(service)}: ${String(msg)}`).join('\n');
      expect(texts).to.match(
        new RegExp(`^order-${replica}: leading in term ${term} from transaction 2 on$`, 'm'),
      );
      expect(texts).to.contain(`catalog: order replica ${replica} begins term ${term}`);
      expect(texts).to.contain(`frontend: order replica ${replica} leads in term ${term}`);
    });
    expect(lines(system).filter(({ requestId, orderId }) => requestId ?? orderId)).to.deep.equal([]);
  });
});
