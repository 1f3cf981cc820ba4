// What a real browser sends with the orders of pages, ours and others', and what becomes of them.
import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { needsBrowser, startBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { System } from '../support/system.js';

const key = 'desk-0123456789abcdef';
/** A name whose owner has it resolve to this machine. */
const rebound = 'rebound.example';
const order = { name: 'GameStart', type: 'sell', quantity: 1 };

/** A form whose body is JSON: what stands before and after the `=` of its only field. */
const formOf = (url: string) => `<!doctype html><title>foreign</title>
  <form method="post" enctype="text/plain" action="${url}/orders">
    <input name='{"name":"GameStart","type":"sell","quantity":1,"ignored":"' value='"}'>
    <button>Win a prize</button>
  </form>`;

describe('a page in a browser', function () {
  this.timeout(60_000);
  needsBrowser();
  let system: System;
  let browser: Browser;
  let context: BrowserContext;
  let foreignSite: Server;

  before(async function () {
    system = await System.start({ API_KEYS: `desk:${key}` });
    browser = await startBrowser([`--host-resolver-rules=MAP ${rebound} 127.0.0.1`]);
    foreignSite = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(formOf(system.url));
    }).listen(0, '127.0.0.1');
    await once(foreignSite, 'listening');
  });
  after(async () => {
    await browser?.close();
    foreignSite?.close();
    foreignSite?.closeAllConnections();
    await system?.close();
  });
  beforeEach(async () => {
    context = await browser.newContext({ httpCredentials: { username: 'desk', password: key } });
  });
  afterEach(() => context.close());

  const port = () => system.environment.FRONTEND_PORT as string;
  const foreignUrl = () => `http://127.0.0.1:${(foreignSite.address() as AddressInfo).port}`;
  const traded = async (): Promise<number> => {
    const headers = { 'X-API-Key': key };
    const { text } = await system.client.send({ path: '/orders?limit=1', headers });
    const { data } = JSON.parse(text) as { data: { order_num: number }[] };
    return data[0]?.order_num ?? 0;
  };
  /** Buys by the form, once it has a stock to choose. */
  async function buy(page: Page): Promise<void> {
    await page.locator('#order [name=name] option').first().waitFor({ state: 'attached' });
    await page.click('button[value=buy]');
  }
  /** Sends an order from the page as a script of it would. */
  const fetched = (page: Page, url: string): Promise<string> =>
    page.evaluate(
      async ([target, body]) => {
        const response = await fetch(target, {
          method: 'POST',
          body,
          mode: 'no-cors',
          credentials: 'include',
        });
        return `${response.status} ${await response.text()}`;
      },
      [`${url}/orders`, JSON.stringify(order)] as const,
    );

  it('of our own trades, under an address and as localhost', async () => {
    for (const url of [system.url, `http://localhost:${port()}`]) {
      const before = await traded();
      const page = await context.newPage();
      await page.goto(`${url}/`);
      await buy(page);
      await eventually(async () => expect(await page.textContent('#answer')).to.include('Trade'));
      expect(await traded()).to.equal(before + 1);
    }
  });

  it('of another origin does not, by a form or a script, though the browser adds the password', async () => {
    const before = await traded();
    const page = await context.newPage();
    // The browser knows the password from now on.
    await page.goto(`${system.url}/`);
    await page.goto(foreignUrl());
    await fetched(page, system.url);
    await page.click('button');
    await page.waitForURL(`${system.url}/orders`);
    expect(await page.textContent('body')).to.include(
      `a page of ${foreignUrl()} may not do this; to allow it, add its origin to CORS_ORIGINS`,
    );
    expect(await traded()).to.equal(before);
  });

  it('without an origin does not', async () => {
    const before = await traded();
    const page = await context.newPage();
    await page.goto(`${system.url}/`);
    await page.goto(`data:text/html,${encodeURIComponent(formOf(system.url))}`);
    await page.click('button');
    await page.waitForURL(`${system.url}/orders`);
    expect(await page.textContent('body')).to.include('a page without an origin');
    expect(await traded()).to.equal(before);
  });

  it('at a name that was made to resolve to us does not, and shows which setting would let it', async () => {
    const before = await traded();
    const page = await context.newPage();
    await page.goto(`http://${rebound}:${port()}/`);
    await buy(page);
    await eventually(async () =>
      expect(await page.textContent('#answer')).to.include(
        `a page at ${rebound} may not do this; to allow it, add that name to ALLOWED_HOSTS`,
      ),
    );
    expect(await traded()).to.equal(before);
    await system.kill('frontend');
    system.launch('frontend', { ALLOWED_HOSTS: `other.example, ${rebound}` });
    await system.ready();
    await page.goto(`http://${rebound}:${port()}/`);
    await buy(page);
    await eventually(async () => expect(await page.textContent('#answer')).to.include('Trade'));
    expect(await traded()).to.equal(before + 1);
  });
});
