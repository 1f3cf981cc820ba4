import { expect } from 'chai';
import { ExchangeClient } from '../../../src/cli/exchange-client.js';
import type { HttpAnswer, HttpRequest } from '../../../src/cli/http-connection.js';

const order = { name: 'AAPL', type: 'buy', quantity: 2 } as const;

/** A client whose server always answers the same; `sent` is what it was asked. */
function clientOf(status: number, body: unknown, headers: HttpAnswer['headers'] = {}) {
  const sent: HttpRequest[] = [];
  const connection = {
    send: async (request: HttpRequest) => {
      sent.push(request);
      return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
    },
    close: () => undefined,
  };
  const client = new ExchangeClient(connection, {
    policy: { maxRetries: 1, giveUpAfterMs: 1_000, baseDelayMs: 1, maxDelayMs: 1 },
    random: () => 0,
    now: () => new Date(0),
    sleep: async () => undefined,
  });
  return { client, sent };
}

const failed = (code: number, message: string) => ({ error: { code, message } });

describe('exchange client', () => {
  it('looks up a stock, and sees whether the cache had it', async () => {
    const stock = { name: 'AAPL', price: 10.5, quantity: 0 };
    const { client, sent } = clientOf(200, { data: stock }, { 'x-cache': 'HIT' });
    expect(await client.lookUp('AAPL')).to.deep.include({
      outcome: 'done',
      value: stock,
      cache: 'HIT',
      retries: 0,
    });
    expect(sent).to.deep.equal([{ method: 'GET', path: '/stocks/AAPL' }]);
  });

  it('encodes what a name may hold', async () => {
    const { client, sent } = clientOf(404, failed(404, 'stock not found'));
    await client.lookUp('A/B ?%');
    expect(sent[0]?.path).to.equal('/stocks/A%2FB%20%3F%25');
  });

  it('places an order with its key, in the form of the contract', async () => {
    const { client, sent } = clientOf(200, { data: { transaction_number: 42 } });
    expect(await client.placeOrder(order, 'key-1')).to.deep.include({ outcome: 'done', value: 42 });
    expect(sent[0]).to.deep.include({ method: 'POST', path: '/orders' });
    expect(sent[0]?.headers).to.include({ 'idempotency-key': 'key-1', 'content-type': 'application/json' });
    expect(JSON.parse(sent[0]?.body ?? '')).to.deep.equal(order);
  });

  it('asks for an order', async () => {
    const { client, sent } = clientOf(200, { data: { order_num: 42, ...order } });
    expect(await client.queryOrder(42)).to.deep.include({ value: { orderNumber: 42, ...order } });
    expect(sent[0]).to.deep.equal({ method: 'GET', path: '/orders/42' });
  });

  it('lists the names of the stocks', async () => {
    const { client } = clientOf(200, { data: [{ name: 'a', price: 1, quantity: 1 }, { name: 'b' }] });
    expect(await client.listStocks()).to.deep.include({ outcome: 'done', value: ['a', 'b'] });
  });

  it('takes a 404 of the contract for a definite refusal', async () => {
    const { client } = clientOf(404, failed(404, 'not enough stocks left to buy'));
    expect(await client.placeOrder(order, 'k')).to.deep.include({
      outcome: 'refused',
      message: 'not enough stocks left to buy',
    });
  });

  it('takes every other status for a failure, and says which', async () => {
    const invalid = clientOf(400, failed(400, 'invalid quantity'));
    expect(await invalid.client.placeOrder(order, 'k')).to.deep.include({
      outcome: 'failed',
      reason: '400 invalid quantity',
    });
    const unavailable = clientOf(503, failed(503, 'no leader'));
    expect(await unavailable.client.queryOrder(1)).to.deep.include({ reason: '503 no leader', retries: 1 });
  });

  it('takes a 404 of somebody else for a failure', async () => {
    const { client } = clientOf(404, '<html>Not found</html>');
    expect(await client.queryOrder(1)).to.deep.include({
      outcome: 'failed',
      reason: '404 unexpected answer: <html>Not found</html>',
    });
  });

  const broken: [string, unknown][] = [
    ['no JSON', '{"data":'],
    ['nothing', ''],
    ['no data', {}],
    ['null', 'null'],
    ['another stock', { data: { name: 'AMZN', price: 1, quantity: 1 } }],
    ['a quantity in quotes', { data: { name: 'AAPL', price: 1, quantity: '1' } }],
    ['a quantity below zero', { data: { name: 'AAPL', price: 1, quantity: -1 } }],
    ['half a share', { data: { name: 'AAPL', price: 1, quantity: 0.5 } }],
    ['no price', { data: { name: 'AAPL', quantity: 1 } }],
  ];
  for (const [what, body] of broken) {
    it(`takes a lookup that brings ${what} for a failure`, async () => {
      expect(await clientOf(200, body).client.lookUp('AAPL')).to.deep.include({ outcome: 'failed' });
    });
  }

  for (const number of [0, -1, 1.5, '7', null]) {
    it(`takes ${JSON.stringify(number)} for no transaction number`, async () => {
      const { client } = clientOf(200, { data: { transaction_number: number } });
      expect(await client.placeOrder(order, 'k')).to.deep.include({ outcome: 'failed' });
    });
  }

  it('cuts a long page short in its message', async () => {
    const answer = await clientOf(200, 'x'.repeat(5_000)).client.lookUp('AAPL');
    expect(answer.outcome === 'failed' && answer.reason).to.have.length.below(120);
  });
});
