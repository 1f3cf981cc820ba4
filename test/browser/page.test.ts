// The page in a real browser, on the five real processes.
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  needsBrowser,
  openPage,
  screenshot,
  startBrowser,
  type WatchedPage,
} from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { System } from '../support/system.js';

const narrow = { viewport: { width: 360, height: 740 } };
const wide = { viewport: { width: 1920, height: 1080 } };

const none = { x: 0, y: 0, width: 0, height: 0 };

describe('the page in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let system: System;
  let view: WatchedPage;

  const page = (): Page => view.page;
  const text = (selector: string) => page().locator(selector).innerText();
  const trade = () =>
    system.client.send({
      method: 'POST',
      path: '/orders',
      body: { name: 'GameStart', quantity: 1, type: 'sell' },
    });

  async function open(options: BrowserContextOptions = {}): Promise<void> {
    const context = await browser.newContext(options);
    view = await openPage(context, system.url);
    await page().locator('#connection.connected').waitFor();
    await page().locator('#stocks tr').first().waitFor();
  }

  async function eventuallyText(selector: string, expected: RegExp): Promise<void> {
    await eventually(async () => expect(await text(selector)).to.match(expected), 20_000);
  }

  needsBrowser();

  /** Waits until the crown has come to rest within a card. */
  async function crownOn(card: string): Promise<void> {
    await eventually(async () => {
      const crown = (await page().locator('#crown').boundingBox()) ?? { x: 0, y: 0 };
      const { x, y, width, height } = (await page().locator(card).boundingBox()) ?? none;
      expect([crown.x > x, crown.x < x + width, crown.y > y, crown.y < y + height]).not.to.include(false);
    });
  }

  before(async () => {
    browser = await startBrowser();
    system = await System.start({ CACHE_SIZE: '10' });
  });

  after(async () => {
    await browser?.close();
    await system?.close();
  });

  afterEach(async () => {
    await page().context().close();
    expect(view.complaints).to.deep.equal([]);
  });

  it('says what to try while nothing was traded', async () => {
    await open();
    expect(await text('#empty'))
      .to.match(/No trades yet/)
      .and.to.contain(`curl ${system.url}/orders`);
    expect(await page().locator('#tape').isVisible()).to.equal(false);
    expect(await page().locator('#stocks tr').count()).to.equal(10);
    await eventuallyText('#replica-3', /leader[\s\S]*Behind by\s+nothing/i);
    await screenshot(page(), 'empty');
  });

  it('places an order, and gets the same number when it is sent again', async () => {
    await open();
    await page().selectOption('[name=name]', 'GameStart');
    await page().fill('[name=quantity]', '3');
    await page().fill('[name=key]', 'page-test-1');
    await page().click('button[value=buy]');
    await eventuallyText('#answer', /Trade 1: bought 3 GameStart/);
    expect(await page().inputValue('[name=key]')).to.match(/^page-[0-9a-f]{20}$/);
    await eventuallyText('#tape', /#1\s+buy\s+GameStart\s+3/);
    await eventuallyText('#stocks tr:has-text("GameStart")', /15\.99\s+97\s+3/);
    await page().click('#again');
    await eventuallyText('#answer', /Trade 1 came back again: the order was executed once/);
    expect(await text('#answer code')).to.equal('page-test-1');
    await trade();
    await eventuallyText('#tape li:first-child', /#2\s+sell/);
    expect(await page().locator('#tape li').count()).to.equal(2);
    expect(await page().locator('#empty').isVisible()).to.equal(false);
  });

  it('shows why an order was refused, and what cannot be one', async () => {
    await open();
    await page().fill('[name=quantity]', '5000');
    await page().click('button[value=buy]');
    await eventuallyText('#answer .refused', /404: /);
    await page().fill('[name=quantity]', '0.5');
    await page().click('button[value=buy]');
    expect(await page().locator('#order :invalid').count()).to.equal(1);
  });

  it('shows which stocks the cache holds, and how often it helps', async () => {
    await open();
    await eventually(async () => {
      await system.client.send({ path: '/stocks/MenhirCo' });
      expect(await text('#stocks tr:has-text("MenhirCo")')).to.match(/cached/);
      expect(await text('#figures')).to.match(
        /[1-9][\d.]* %\s+Cache hit rate|Cache hit rate\s+[1-9][\d.]* %/,
      );
    }, 20_000);
  });

  it('moves the crown when the leader dies, goes on, and shows the dead one catch up', async () => {
    await open();
    await page().locator('#crown[data-leader="3"]').waitFor();
    await crownOn('#replica-3');
    await system.kill('order-3');
    await page().locator('#crown[data-leader="2"]').waitFor();
    await page().locator('#replica-3.down').waitFor();
    await page().locator('#replica-2.leader').waitFor();
    await trade();
    await eventuallyText('#tape li:first-child', /#3\s+sell/);
    await crownOn('#replica-2');
    expect(await text('#leadership')).to.match(/order-2 leads in term \d/);
    system.launch('order-3');
    await eventuallyText('#replica-3', /follower[\s\S]*Behind by\s+nothing[\s\S]* =/i);
    await eventuallyText(
      '#happenings',
      /3 has caught up\s[\s\S]*3 is up\s[\s\S]*2 was elected\s[\s\S]*3 is down/,
    );
    expect(await page().locator('#rate-chart .mark').count()).to.be.at.least(4);
    expect(await text('#rate-chart')).to.match(/down 3/);
    await screenshot(page(), 'failover');
  });

  it('survives a restart of the frontend, and says so', async () => {
    await open();
    await system.kill('frontend');
    await eventuallyText('#connection', /no connection/);
    await eventuallyText('#notice', /connection to the frontend is lost/);
    system.launch('frontend');
    await eventuallyText('#notice', /The frontend was restarted/);
    await eventuallyText('#connection', /page connected/);
    await system.ready();
    await trade();
    await eventuallyText('#tape li:first-child', /#4/);
  });

  it('is alive again after the frontend was paused', async () => {
    await open();
    system.pause('frontend');
    await eventuallyText('#connection', /no connection/);
    system.resume('frontend');
    await eventuallyText('#notice', /Connected again/);
    await eventuallyText('#connection', /page connected/);
  });

  it('can be used with the keyboard alone', async () => {
    await open();
    await page().keyboard.press('Tab');
    expect(await text(':focus')).to.equal('Skip to the order form');
    await page().keyboard.press('Enter');
    await page().keyboard.press('Tab');
    await page().keyboard.type('Boar');
    expect(await page().inputValue('[name=name]')).to.equal('BoarCo');
    await page().keyboard.press('Tab');
    await page().keyboard.press('Tab');
    await page().keyboard.press('Tab');
    expect(await text(':focus')).to.equal('Buy');
    await page().keyboard.press('Enter');
    await eventuallyText('#answer', /Trade \d+: bought 1 BoarCo/);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [width, size] of [
      ['narrow', narrow],
      ['wide', wide],
    ] as const) {
      it(`fits, and is accessible: ${colorScheme}, ${width}`, async () => {
        await open({ ...size, colorScheme });
        await eventuallyText('#replica-3', /follower|leader/);
        // Colours that are on their way to others have no contrast to speak of.
        await page().waitForTimeout(1_300);
        await expectNoSidewaysScroll(page());
        await system.client.send({ path: '/stocks/RottenFishCo' });
        await eventuallyText('#stocks', /cached/);
        const hidden = await page().evaluate(
          "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.stocks .scroll'))",
        );
        expect(hidden).to.be.at.most(0);
        await expectAccessible(page());
        await screenshot(page(), `${colorScheme}-${width}`);
      });
    }
  }

  it('counts as requests what the chart shows, and not the invalidations too', async () => {
    await open();
    await eventually(async () => {
      // Each of these trades invalidates the stock that was looked up before.
      await system.client.send({ path: '/stocks/GameStart' });
      await trade();
      const [figure, chart] = await page().evaluate<[string, string]>(
        "[document.querySelector('#figures div:nth-child(4) dd').textContent," +
          " document.querySelector('#rate-chart svg').getAttribute('aria-label')]",
      );
      const [lookups = 0, orders = 0, queries = 0] = [...chart.matchAll(/ ([\d.]+)/g)].map(([, rate]) =>
        Number(rate),
      );
      expect(orders).to.be.greaterThan(4);
      // The parts are rounded.
      expect(Number(figure)).to.be.closeTo(lookups + orders + queries, 2);
    });
  });
});
