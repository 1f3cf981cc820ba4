import { expect } from 'chai';
import { ApiError } from '../../../src/frontend/api-error.js';
import type { ExecutedOrder } from '../../../src/frontend/order-gateway.js';
import { OrderPages } from '../../../src/frontend/order-pages.js';
import { settle, VirtualClock, watch } from '../../support/virtual-clock.js';

const budgetMs = 5_000;
const order = (number: number): ExecutedOrder => ({ number, name: 'AAPL', type: 'buy', quantity: 1 });

describe('pages of orders', () => {
  let clock: VirtualClock;
  let pages: OrderPages;
  /** The questions that were asked, and how to answer each. */
  let asked: { page: string; answer: (orders: ExecutedOrder[] | undefined) => void }[];

  beforeEach(() => {
    clock = new VirtualClock();
    asked = [];
    const newest = (limit: number, before?: number) =>
      new Promise<ExecutedOrder[] | undefined>((answer) =>
        asked.push({ page: `${limit} below ${before ?? 'the end'}`, answer }),
      );
    pages = new OrderPages({ newest }, clock, budgetMs);
  });

  const question = (index: number) => asked[index] ?? expect.fail(`only ${asked.length} were asked`);

  it('are shared by those who ask for the same one while it waits, and never older than the question', async () => {
    const early = watch(pages.page(2, undefined));
    const late = [watch(pages.page(2, undefined)), watch(pages.page(2, undefined))];
    await settle();
    expect(asked.map(({ page }) => page)).to.deep.equal(['2 below the end']);
    question(0).answer([order(1)]);
    await settle();
    expect(early.value?.body).to.equal('{"data":[{"order_num":1,"name":"AAPL","type":"buy","quantity":1}]}');
    expect(late.map(({ settled }) => settled)).to.deep.equal([false, false]);
    question(1).answer([order(2), order(1)]);
    await settle();
    expect(late[0]?.value?.body).to.include('"order_num":2');
    expect(late[0]?.value, 'one answer in memory').to.equal(late[1]?.value);
    void pages.page(2, undefined);
    await settle();
    expect(asked, 'a question after the answer').to.have.lengthOf(3);
  });

  it('lead to the next one as long as there are older orders', async () => {
    const linked = watch(pages.page(2, 9));
    await settle();
    question(0).answer([order(8), order(7)]);
    const last = watch(pages.page(2, 3));
    await settle();
    question(1).answer([order(2), order(1)]);
    await settle();
    expect(linked.value?.headers.Link).to.equal('</orders?limit=2&before=7>; rel="next"');
    expect(last.value?.headers).not.to.have.property('Link');
  });

  it('are asked for four at a time', async () => {
    const all = Array.from({ length: 6 }, (_, index) => watch(pages.page(1, index + 1)));
    await settle();
    expect(asked).to.have.lengthOf(4);
    question(0).answer([]);
    await settle();
    expect(asked).to.have.lengthOf(5);
    expect(all.map(({ settled }) => settled)).to.deep.equal([true, false, false, false, false, false]);
  });

  it('are refused at once when too many different ones wait', async () => {
    const all = Array.from({ length: 4 + 256 }, (_, index) => watch(pages.page(1, index + 1)));
    await settle();
    const refused = watch(pages.page(1, 1_000));
    await settle();
    expect(refused.error).to.be.instanceOf(ApiError).and.to.include({ status: 503 });
    expect((refused.error as ApiError).headers).to.deep.equal({ 'Retry-After': '1' });
    expect(all.some(({ settled }) => settled)).to.equal(false);
    question(0).answer([]);
    await settle();
    void pages.page(1, 1_000);
    question(1).answer([]);
    await settle();
    expect(asked.length, 'the others go on').to.equal(6);
  });

  it('are given up in time by those who joined others, too', async () => {
    const early = watch(pages.page(2, undefined));
    await clock.advance(budgetMs - 100);
    const late = watch(pages.page(2, undefined));
    await clock.advance(100);
    expect([early.settled, late.settled]).to.deep.equal([true, false]);
    question(0).answer(undefined);
    await clock.advance(budgetMs - 100);
    for (const { error } of [early, late]) {
      expect(error).to.be.instanceOf(ApiError).and.to.include({ status: 503 });
    }
  });

  it('are given up when no replica answers, those that waited meanwhile too', async () => {
    const all = Array.from({ length: 20 }, (_, index) => watch(pages.page(1, index + 1)));
    await settle();
    await clock.advance(budgetMs);
    [0, 1, 2, 3].forEach((index) => question(index).answer(undefined));
    await settle();
    expect(asked, 'nobody is asked any more').to.have.lengthOf(4);
    for (const { error } of all) {
      expect(error).to.be.instanceOf(ApiError).and.to.include({ status: 503 });
    }
  });
});
