// The form of the page in a real browser: its keys, and what it says of each kind of answer.
import { expect } from 'chai';
import type { Browser, Page, Request, Route } from 'playwright-core';
import { needsBrowser, openPage, startBrowser, type WatchedPage } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { System } from '../support/system.js';

const mintedKey = /^page-[0-9a-f]{20}$/;

const errorAnswer = (status: number, message: string) => ({
  status,
  json: { error: { code: status, message } },
});
const unknown = errorAnswer(503, 'outcome unknown, retry with the same Idempotency-Key');

describe('the order form', function () {
  this.timeout(30_000);
  let browser: Browser;
  let system: System;
  let view: WatchedPage;
  let sent: Request[];

  const page = (): Page => view.page;
  const shownKey = () => page().inputValue('[name=key]');
  const sentKeys = () => sent.map((request) => request.headers()['idempotency-key']);
  const press = (side: 'buy' | 'sell') => page().click(`button[value=${side}]`);

  async function eventuallyAnswered(expected: RegExp): Promise<void> {
    await eventually(async () => expect(await page().locator('#answer').innerText()).to.match(expected));
    await page().locator('#order:not([aria-busy=true])').waitFor();
  }

  /** Has orders answered by the test, as a server in trouble would, or not at all. */
  async function answerOrders(answer: (route: Route) => Promise<void>): Promise<void> {
    await page().route('**/orders', answer);
  }

  needsBrowser();

  before(async () => {
    browser = await startBrowser();
    system = await System.start();
    view = await openPage(await browser.newContext(), system.url);
    page().on('request', (request) => request.method() === 'POST' && sent.push(request));
  });

  after(async () => {
    await browser?.close();
    await system?.close();
  });

  beforeEach(async () => {
    await page().selectOption('[name=name]', 'GameStart');
    await page().fill('[name=quantity]', '1');
    await page().fill('[name=key]', `test-${performance.now()}`);
    sent = [];
  });

  afterEach(async () => {
    await page().unrouteAll();
    expect(view.complaints).to.deep.equal([]);
  });

  it('is free again after a refusal', async () => {
    await page().fill('[name=quantity]', '5000');
    await press('buy');
    await eventuallyAnswered(/404: not enough stocks left to buy/);
    await page().fill('[name=quantity]', '1');
    await press('buy');
    await eventuallyAnswered(/Trade \d+: bought 1 GameStart/);
  });

  it('takes a new key after each definite answer, whatever it says', async () => {
    const keys = new Set([await shownKey()]);
    for (const status of [400, 401, 403, 404, 413, 422]) {
      await answerOrders((route) => route.fulfill(errorAnswer(status, `the reason for ${status}`)));
      await press('buy');
      await eventuallyAnswered(new RegExp(`${status}: the reason for ${status}`));
      expect(await shownKey()).to.match(mintedKey);
      keys.add(await shownKey());
    }
    expect(keys.size).to.equal(7);
  });

  it('keeps the key while the outcome is unknown, and the order is the same', async () => {
    for (const answer of [unknown, errorAnswer(500, 'a fault'), errorAnswer(429, 'too many requests')]) {
      await answerOrders((route) => route.fulfill(answer));
      await press('buy');
      await eventuallyAnswered(new RegExp(answer.json.error.message));
    }
    await answerOrders((route) => route.abort());
    await press('buy');
    await eventuallyAnswered(/whether it was executed is unknown/);
    expect(new Set(sentKeys()).size).to.equal(1);
    await page().unroute('**/orders');
    await press('buy');
    await eventuallyAnswered(/Trade \d+: bought 1 GameStart/);
    expect(new Set(sentKeys()).size).to.equal(1);
    expect(await shownKey()).not.to.equal(sentKeys()[0]);
  });

  it('takes a new key for another stock, number of shares or side', async () => {
    await answerOrders((route) => route.fulfill(unknown));
    await press('buy');
    await eventuallyAnswered(/outcome unknown/);
    for (const change of [
      () => page().fill('[name=quantity]', '2'),
      () => page().selectOption('[name=name]', 'BoarCo'),
    ]) {
      const before = await shownKey();
      await change();
      expect(await shownKey())
        .to.match(mintedKey)
        .and.not.to.equal(before);
      await press('buy');
      await eventuallyAnswered(/outcome unknown/);
    }
    await press('sell');
    await eventuallyAnswered(/outcome unknown/);
    expect(new Set(sentKeys()).size).to.equal(4);
    expect(sent.at(-1)?.postDataJSON()).to.deep.equal({ name: 'BoarCo', type: 'sell', quantity: 2 });
  });

  it('honours a key that was typed, for one order', async () => {
    await page().fill('[name=key]', 'my-own');
    await page().selectOption('[name=name]', 'BoarCo');
    await page().fill('[name=quantity]', '2');
    await press('buy');
    await eventuallyAnswered(/Trade \d+: bought 2 BoarCo/);
    expect(await shownKey()).to.match(mintedKey);
    // Who types it once more means it, and learns that it is taken.
    await page().fill('[name=quantity]', '3');
    await page().fill('[name=key]', 'my-own');
    await press('buy');
    await eventuallyAnswered(/422: Idempotency-Key was already used with another body/);
    expect(sentKeys()).to.deep.equal(['my-own', 'my-own']);
    await page().fill('[name=key]', 'schlüssel');
    await press('buy');
    expect(await page().locator('#order [name=key]:invalid').count()).to.equal(1);
  });

  it('sends again exactly what was sent, with its key', async () => {
    await answerOrders((route) => route.fulfill(unknown));
    await press('buy');
    await eventuallyAnswered(/outcome unknown/);
    await page().unroute('**/orders');
    await page().fill('[name=quantity]', '7');
    await page().click('#again');
    await eventuallyAnswered(/Trade \d+: bought 1 GameStart/);
    await page().click('#again');
    await eventuallyAnswered(/came back again: the order was executed once/);
    expect(new Set(sentKeys()).size).to.equal(1);
    expect(new Set(sent.map((request) => request.postData())).size).to.equal(1);
  });

  it('shows that an order is on its way, and sends it once', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    await answerOrders((route) => released.then(() => route.continue()));
    await press('buy');
    await page().locator('#order[aria-busy=true]').waitFor();
    expect(await page().locator('button[value=buy]').innerText()).to.equal('Sending…');
    for (const button of ['button[value=buy]', 'button[value=sell]', '#again']) {
      expect(await page().locator(button).isDisabled(), button).to.equal(true);
      await page().locator(button).dispatchEvent('click');
    }
    await page().locator('[name=quantity]').press('Enter');
    release();
    await eventuallyAnswered(/Trade \d+: bought 1/);
    expect(await page().locator('button[value=buy]').innerText()).to.equal('Buy');
    expect(sent).to.have.length(1);
  });

  it('gives up after a while, and says that it is safe to send again', async () => {
    // Ten seconds are long for a test.
    await page().evaluate(
      'const after = AbortSignal.timeout.bind(AbortSignal); AbortSignal.timeout = (ms) => after(ms / 40);',
    );
    const held: Route[] = [];
    await answerOrders((route) => Promise.resolve(void held.push(route)));
    await press('sell');
    await eventuallyAnswered(/No answer within 10 s[\s\S]*unknown[\s\S]*same key/);
    expect(await shownKey()).to.equal(sentKeys()[0]);
  });
});
