// A real browser, for the tests of the page: Chromium, as Debian and others ship it.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { expect } from 'chai';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const usualPlaces = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where screenshots go; they are output, not part of the sources. */
const screenshots = 'test-output/screenshots';

const browserPath = usualPlaces.find((place) => place !== undefined && existsSync(place));

/**
 * To be called in a suite: skips it where there is no browser, and says so; fails if REQUIRE_BROWSER=1 promises one.
 */
export function needsBrowser(): void {
  before('is there a browser?', function () {
    if (browserPath !== undefined) {
      return;
    }
    if (process.env.REQUIRE_BROWSER === '1') {
      throw new Error('REQUIRE_BROWSER=1, but there is no Chromium: install one, or name it in CHROMIUM');
    }
    console.log('    Skipped, because there is no Chromium: install one, or name it in CHROMIUM');
    this.skip();
  });
}

/** @param flags beside those that it needs here */
export function startBrowser(flags: readonly string[] = []): Promise<Browser> {
  const executablePath = browserPath as string;
  // As root, in containers too, Chromium runs only without its sandbox; all it loads here is our own page.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', ...flags] });
}

/** A page and what went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Messages of errors, of violations of the policy too, and requests to anybody else. */
  readonly complaints: readonly string[];
}

/** Opens `url`, and notes all errors in it and whatever it asks of another origin. */
export async function openPage(context: BrowserContext, url: string): Promise<WatchedPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // A frontend that is down, or refuses an order, is what some tests are about.
    if (message.type() === 'error' && !/net::ERR_|status of [45]\d\d/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== url) {
      complaints.push(`asks ${request.url()}`);
    }
  });
  await page.goto(`${url}/`);
  return { page, complaints };
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

interface Finding {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

export async function expectAccessible(page: Page): Promise<void> {
  // Axe is handed over by the debugger: as a script of the page the policy would refuse it.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: Finding[] }>('axe.run()');
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect(found).to.deep.equal([]);
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(overflow).to.be.at.most(0);
}
