// Takes the pictures of the README: a minute of traffic, in which the leader is killed and comes back.
//   npm run pictures
import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { openPage, startBrowser } from '../support/browser.js';
import { serviceNames, System } from '../support/system.js';

const directory = 'docs/images';
const pictures = [
  { name: 'page', viewport: { width: 1280, height: 1350 }, colorScheme: 'light' },
  { name: 'page-dark', viewport: { width: 400, height: 1350 }, colorScheme: 'dark' },
] as const;
/** They are shown small. */
const deviceScaleFactor = 0.75;
const names = ['GameStart', 'BoarCo', 'MenhirCo', 'AAPL', 'NVDA'];

/** Clients that look up, buy and sell until told to stop. */
async function trade(system: System, signal: AbortSignal, session: number): Promise<void> {
  for (let turn = session; !signal.aborted; turn += 1) {
    const name = names[turn % names.length] as string;
    for (let times = 0; times < 4; times += 1) {
      await system.client.send({ path: `/stocks/${name}` }).catch(() => undefined);
    }
    const body = { name, quantity: 1 + (turn % 3), type: turn % 2 === 0 ? 'buy' : 'sell' };
    const placed = await system.client.send({ method: 'POST', path: '/orders', body }).catch(() => undefined);
    const { data } = (placed?.json ?? {}) as { data?: { transaction_number: number } };
    await system.client.send({ path: `/orders/${data?.transaction_number ?? 1}` }).catch(() => undefined);
    await delay(20 + 15 * (turn % 4));
  }
}

const browser = await startBrowser();
const system = await System.start();
const stop = new AbortController();
try {
  const views = [];
  for (const { viewport, colorScheme } of pictures) {
    const { page } = await openPage(
      await browser.newContext({ viewport, colorScheme, deviceScaleFactor }),
      system.url,
    );
    views.push(page);
  }
  const sessions = [0, 1, 2, 3, 4].map((session) => trade(system, stop.signal, session));
  await delay(120_000);
  await system.kill('order-3');
  await delay(25_000);
  system.launch('order-3');
  await delay(35_000);
  mkdirSync(directory, { recursive: true });
  for (const [index, page] of views.entries()) {
    await page.screenshot({ path: `${directory}/${pictures[index]?.name}.png`, animations: 'disabled' });
  }
  stop.abort();
  await Promise.all(sessions);
} finally {
  await browser.close();
  await Promise.all(serviceNames.map((name) => system.kill(name, 'SIGTERM')));
  await system.close();
}
