import { expect } from 'chai';
import type { Answer, Exchange, Outcome } from '../../../src/cli/exchange-client.js';
import type { OrderDetails } from '../../../src/cli/order-comparison.js';
import { seededRandom } from '../../../src/cli/seeded-random.js';
import { Session, type SessionPlan } from '../../../src/cli/session.js';
import type { NewOrder, Stock } from '../../../src/cli/trade-choice.js';

const measured = { latencyMs: 1, retries: 0, cache: undefined };
const done = <T>(value: T): Answer<T> => ({ outcome: 'done', value, ...measured });
const refused = (message: string) => ({ outcome: 'refused', message, ...measured }) as const;
const failed = (reason: string) => ({ outcome: 'failed', reason, ...measured }) as const;

/** An exchange in memory that never runs out of shares. Each test spoils what it is about. */
class MemoryExchange implements Exchange {
  readonly calls: string[] = [];
  readonly orders: NewOrder[] = [];
  readonly keys: string[] = [];
  quantity = 100;

  async lookUp(name: string): Promise<Answer<Stock>> {
    this.calls.push(`lookUp ${name}`);
    return done({ name, price: 1, quantity: this.quantity });
  }

  async placeOrder(order: NewOrder, key: string): Promise<Answer<number>> {
    this.calls.push(`placeOrder ${order.name}`);
    this.keys.push(key);
    return done(this.orders.push(order));
  }

  async queryOrder(number: number): Promise<Answer<OrderDetails>> {
    this.calls.push(`queryOrder ${number}`);
    const order = this.orders[number - 1];
    return order ? done({ orderNumber: number, ...order }) : refused('Transaction number not found');
  }
}

function run(exchange: Exchange, changes: Partial<SessionPlan> = {}) {
  let keys = 0;
  return new Session(exchange, {
    stockNames: ['AAPL', 'AMZN'],
    requests: 10,
    tradeProbability: 1,
    random: seededRandom(1),
    newIdempotencyKey: () => `key-${(keys += 1)}`,
    ...changes,
  }).run();
}

const results = (outcomes: readonly { result: string }[]) => new Set(outcomes.map(({ result }) => result));

describe('session', () => {
  let exchange: MemoryExchange;
  beforeEach(() => {
    exchange = new MemoryExchange();
  });

  it('looks up, trades what it looked up, and at its end asks for each of its orders', async () => {
    const { samples, orders, confirmedOrders, mismatches } = await run(exchange);
    expect(samples.map(({ kind }) => kind).join(' ')).to.equal(
      `${'lookup trade '.repeat(10)}${'orderQuery '.repeat(10)}`.trim(),
    );
    const names = exchange.calls.map((call) => call.split(' ')[1]);
    for (let index = 0; index < 20; index += 2) {
      expect(names[index]).to.equal(names[index + 1]);
    }
    expect(exchange.calls.slice(20)).to.deep.equal(
      orders.map(({ transactionNumber }) => `queryOrder ${transactionNumber}`),
    );
    expect({ placed: orders.length, confirmedOrders, mismatches }).to.deep.equal({
      placed: 10,
      confirmedOrders: 10,
      mismatches: [],
    });
  });

  it('names each order with a key of its own', async () => {
    await run(exchange);
    expect(exchange.keys).to.deep.equal(Array.from({ length: 10 }, (_, index) => `key-${index + 1}`));
  });

  it('makes the same choices with the same seed', async () => {
    await run(exchange, { tradeProbability: 0.5 });
    const again = new MemoryExchange();
    await run(again, { tradeProbability: 0.5 });
    expect(again.calls).to.deep.equal(exchange.calls);
    const other = new MemoryExchange();
    await run(other, { tradeProbability: 0.5, random: seededRandom(2) });
    expect(other.calls).to.not.deep.equal(exchange.calls);
  });

  it('does not trade a stock that has run out', async () => {
    exchange.quantity = 0;
    const { samples } = await run(exchange);
    expect(samples.map(({ kind }) => kind)).to.deep.equal(Array.from({ length: 10 }, () => 'lookup'));
  });

  it('counts shares that were sold meanwhile as a refusal, not as an error', async () => {
    exchange.placeOrder = async () => refused('not enough stocks left to buy');
    const { samples, orders } = await run(exchange);
    expect(orders).to.deep.equal([]);
    expect(results(samples.filter(({ kind }) => kind === 'trade'))).to.deep.equal(new Set(['refused']));
  });

  it('counts every other refusal as an error', async () => {
    exchange.placeOrder = async () => refused('invalid stock name');
    const { samples } = await run(exchange);
    expect(results(samples.filter(({ kind }) => kind === 'trade'))).to.deep.equal(new Set(['error']));
    exchange.lookUp = async () => refused('stock not found');
    expect(results((await run(exchange)).samples)).to.deep.equal(new Set(['error']));
  });

  it('reports an acknowledged order that is lost', async () => {
    exchange.queryOrder = async (number) =>
      number === 4
        ? refused('Transaction number not found')
        : MemoryExchange.prototype.queryOrder.call(exchange, number);
    const { mismatches, confirmedOrders } = await run(exchange);
    expect(mismatches).to.have.lengthOf(1);
    expect(mismatches[0]).to.match(/^order 4 .* was acknowledged, and is not found$/);
    expect(confirmedOrders).to.equal(9);
  });

  it('reports an order that is not as it was acknowledged', async () => {
    exchange.queryOrder = async (number) =>
      done({ orderNumber: number, name: 'AAPL', type: 'buy', quantity: 6 });
    const { mismatches, confirmedOrders } = await run(exchange);
    expect(mismatches).to.have.lengthOf(10);
    expect(confirmedOrders).to.equal(0);
  });

  it('reports a number below an earlier one', async () => {
    const numbers = [1, 2, 9, 3, 10];
    exchange.placeOrder = async (order) => {
      const number = numbers[exchange.orders.push(order) - 1] ?? 0;
      return done(number);
    };
    const { mismatches } = await run(exchange, { requests: 5 });
    expect(mismatches).to.include('order 3 was placed after order 9 had been acknowledged');
  });

  it('goes on after a failure, and does not remember an order whose fate is unknown', async () => {
    let attempts = 0;
    exchange.placeOrder = async (order) =>
      (attempts += 1) % 2 === 0 ? failed('503 no leader') : done(exchange.orders.push(order));
    const { samples, orders, confirmedOrders } = await run(exchange);
    expect(samples.filter(({ result }) => result === 'error')).to.have.lengthOf(5);
    expect(orders).to.have.lengthOf(5);
    expect(confirmedOrders).to.equal(5);
  });

  it('gives up on an exchange that is gone, but still tries to check its orders', async () => {
    exchange.lookUp = async (name): Promise<Answer<Stock>> => {
      exchange.calls.push('lookUp');
      const outcome: Outcome<Stock> =
        exchange.orders.length < 2
          ? { outcome: 'done', value: { name, price: 1, quantity: 9 } }
          : { outcome: 'failed', reason: 'connect ECONNREFUSED' };
      return { ...outcome, ...measured };
    };
    const { samples, confirmedOrders } = await run(exchange, { requests: 1_000 });
    expect(samples.filter(({ kind }) => kind === 'lookup')).to.have.lengthOf(5);
    expect(confirmedOrders).to.equal(2);
  });

  it('gives up checking when nobody answers any more', async () => {
    exchange.queryOrder = async () => failed('connect ECONNREFUSED');
    const { samples, confirmedOrders, orders } = await run(exchange);
    expect(samples.filter(({ kind }) => kind === 'orderQuery')).to.have.lengthOf(3);
    expect({ confirmedOrders, placed: orders.length }).to.deep.equal({ confirmedOrders: 0, placed: 10 });
  });

  it('stops trading when told to, and checks what it ordered', async () => {
    const { orders, confirmedOrders } = await run(exchange, { isStopped: () => exchange.orders.length >= 3 });
    expect(orders).to.have.lengthOf(3);
    expect(confirmedOrders).to.equal(3);
  });

  it('tells of each step and of each order, so that a bar can show them', async () => {
    const told = { steps: 0, orders: 0 };
    await run(exchange, { onStep: () => (told.steps += 1), onOrderPlaced: () => (told.orders += 1) });
    expect(told).to.deep.equal({ steps: 20, orders: 10 });
  });
});
