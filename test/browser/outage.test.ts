// What the page says while parts of the system are dead, and what many windows of it leave to others.
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
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
import { System, type ServiceName } from '../support/system.js';

const replicas: readonly ServiceName[] = ['order-1', 'order-2', 'order-3'];
const title = 'Stock server, live';

describe('the page in an outage', function () {
  this.timeout(30_000);
  let browser: Browser;
  let system: System;
  let context: BrowserContext;
  let views: WatchedPage[];

  const text = (page: Page, selector: string) => page.locator(selector).innerText();

  async function open(): Promise<Page> {
    const view = await openPage(context, system.url);
    views.push(view);
    await view.page.locator('#connection.connected').waitFor();
    return view.page;
  }

  async function eventuallyText(page: Page, selector: string, expected: RegExp): Promise<void> {
    await eventually(async () => expect(await text(page, selector)).to.match(expected));
  }

  /** How many streams of events the frontend serves. */
  async function expectStreams(count: number): Promise<void> {
    await eventually(async () => {
      const metrics = await system.client.send({ path: '/metrics' });
      expect(metrics.text).to.match(new RegExp(`^stock_open_pages ${count}$`, 'm'));
    });
  }

  /** The page becomes hidden, or is shown again, as by a change of tabs: this browser has no tabs to change. */
  async function setVisibility(page: Page, state: 'hidden' | 'visible'): Promise<void> {
    await page.evaluate(
      `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });` +
        "document.dispatchEvent(new Event('visibilitychange'));",
    );
  }

  needsBrowser();

  before(async () => {
    browser = await startBrowser();
    system = await System.start();
  });

  after(async () => {
    await browser?.close();
    await system?.close();
  });

  beforeEach(async () => {
    views = [];
    context = await browser.newContext({ reducedMotion: 'reduce' });
  });

  afterEach(async () => {
    await context.close();
    expect(views.flatMap(({ complaints }) => complaints)).to.deep.equal([]);
  });

  it('leaves connections to the forms of many windows', async () => {
    const pages = await Promise.all(Array.from({ length: 7 }, open));
    const last = pages.at(-1) as Page;
    await last.locator('#stocks tr').first().waitFor();
    await last.click('button[value=buy]');
    await eventuallyText(last, '#answer', /Trade \d+: bought 1/);
    // All of them hear of it, on one stream.
    for (const page of pages) {
      await eventuallyText(page, '#tape', /buy/);
    }
    await expectStreams(1);
    await last.close();
    await setVisibility(pages[0] as Page, 'hidden');
    await expectStreams(1);
  });

  const withoutWorker = {
    'is not known': 'delete window.SharedWorker',
    'is forbidden':
      "window.SharedWorker = class { constructor() { throw new DOMException('', 'SecurityError'); } }",
  };
  for (const [how, script] of Object.entries(withoutWorker)) {
    it(`holds no connection while it is hidden, where a shared worker ${how}`, async () => {
      await context.addInitScript(script);
      const page = await open();
      await expectStreams(1);
      await setVisibility(page, 'hidden');
      await expectStreams(0);
      expect(await text(page, '#connection')).to.equal('paused while hidden');
      await setVisibility(page, 'visible');
      await expectStreams(1);
      await eventuallyText(page, '#connection', /^page connected$/);
      expect(await page.locator('#notice').isVisible()).to.equal(false);
    });
  }

  it('shows a frozen catalog within three seconds, and what that means', async () => {
    const page = await open();
    await eventuallyText(page, '#catalog', /up[\s\S]*10/);
    await eventuallyText(page, '#frontend', /up/);
    expect([await page.locator('#verdict').isVisible(), await page.title()]).to.deep.equal([false, title]);
    system.pause('catalog');
    const pausedMs = performance.now();
    await page.locator('#catalog.down').waitFor();
    await page.locator('#verdict').waitFor();
    expect(performance.now() - pausedMs).to.be.lessThan(4_000);
    const { json } = await system.client.send({ path: '/readyz' });
    const { message } = (json as { error: { message: string } }).error;
    expect(message).to.match(/order replica \d does not reach the catalog/);
    expect(await text(page, '#verdict')).to.equal(`No trade would succeed now: ${message}`);
    expect(await page.title()).to.equal(`● no trades – ${title}`);
    expect(await text(page, '#connection')).to.equal('page connected');
    await eventuallyText(page, '#happenings', /catalog is down/);
    await eventuallyText(page, '#rate-chart', /catalog down/);
    await expectAccessible(page);
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 900 });
      await expectNoSidewaysScroll(page);
    }
    await screenshot(page, 'catalog-down');
    system.resume('catalog');
    await page.locator('#verdict').waitFor({ state: 'hidden' });
    await eventually(async () => expect(await page.title()).to.equal(title));
    await eventuallyText(page, '#happenings', /catalog is up/);
  });

  it('says that nobody leads while all replicas are dead, and that the catalog lives', async () => {
    const page = await open();
    await page.locator('#catalog:not(.down)').waitFor();
    await Promise.all(replicas.map((name) => system.kill(name)));
    await eventuallyText(page, '#verdict', /^No trade would succeed now: there is no order leader$/);
    expect(await page.title()).to.equal(`● no trades – ${title}`);
    expect(await text(page, '#catalog')).to.match(/up/);
    await system.kill('frontend');
    await page.locator('#frontend.down').waitFor();
    expect(await page.title()).to.equal(`● no connection – ${title}`);
    // It does not know any more how the others are.
    expect(await page.locator('#verdict').isVisible()).to.equal(false);
    system.launch('frontend');
    await page.locator('#frontend:not(.down)').waitFor();
    await page.locator('#verdict').waitFor();
    expect(await page.title()).to.equal(`● no trades – ${title}`);
  });
});
