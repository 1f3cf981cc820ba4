// What the page consists of, as a program sees it; test/browser looks at it with a browser.
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { System } from '../support/system.js';

const maxPages = 100;

describe('the page', function () {
  this.timeout(60_000);
  let system: System;
  const pages: IncomingMessage[] = [];

  /** Opens a stream of events and keeps what comes. */
  async function listen(): Promise<{
    status: number | undefined;
    answer: IncomingMessage;
    text: () => string;
  }> {
    const request = get(`${system.url}/events`, { agent: false });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.on('error', () => undefined);
    let text = '';
    answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
    pages.push(answer);
    return { status: answer.statusCode, answer, text: () => text };
  }

  const newestEvent = (text: string, name: string): unknown => {
    const [data] = [...text.matchAll(new RegExp(`event: ${name}\ndata: (.*)\n`, 'g'))]
      .map(([, json]) => json)
      .slice(-1);
    return JSON.parse(data ?? 'null');
  };

  before(async () => {
    system = await System.start();
  });

  after(() => system.close());

  afterEach(() => pages.splice(0).forEach((page) => page.destroy()));

  it('is served with a policy that lets nothing in from elsewhere', async () => {
    const { status, headers, text } = await system.client.send({ path: '/' });
    expect([status, headers['content-type']]).to.deep.equal([200, 'text/html; charset=utf-8']);
    expect((await system.client.send({ path: '/?from=a-bookmark' })).text).to.equal(text);
    expect(headers['content-security-policy'])
      .to.match(/^default-src 'none';/)
      .and.not.to.contain('unsafe');
    expect(text).not.to.match(/<script(?![^>]*src=)|<style|style=|\son\w+=|https?:/);
    const files = [...text.matchAll(/(?:src|href)="(\/dashboard\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(files).to.have.length(3);
    for (const path of files) {
      const file = await system.client.send({ path });
      expect(file.status, path).to.equal(200);
      const again = await system.client.send({
        path,
        headers: { 'If-None-Match': String(file.headers.etag) },
      });
      expect(again.status, path).to.equal(304);
    }
  });

  it('has no file but its own', async () => {
    for (const file of ['tsconfig.json', 'main.ts', 'main.js.map', '..%2Ffrontend%2Fmain.js', '__proto__']) {
      const { status, json } = await system.client.send({ path: `/dashboard/${file}` });
      expect(status, file).to.equal(404);
      expect(json, file).to.have.nested.property('error.code', 404);
    }
  });

  it('is told the state, and then each trade', async () => {
    const { status, answer, text } = await listen();
    expect(status).to.equal(200);
    expect(answer.headers).to.include({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    await eventually(() => {
      expect(newestEvent(text(), 'state')).to.have.nested.property('cluster.leaderId', 3);
      expect(text()).to.match(/"stocks":\[\{"name":"AAPL"/);
    });
    await system.client.send({
      method: 'POST',
      path: '/orders',
      body: { name: 'GameStart', quantity: 2, type: 'buy' },
    });
    await eventually(() => {
      expect(text()).to.contain('"trades":[{"number":1,"name":"GameStart","type":"buy","quantity":2}]');
      expect(text()).to.match(/"name":"GameStart","price":"15.99","quantity":98,"volume":2/);
      expect(text()).to.match(/"route":"POST \/orders","perSecond":(0\.\d|1)/);
    });
    const late = await listen();
    await eventually(() => {
      expect(newestEvent(late.text(), 'state')).to.have.nested.property('trades[0].number', 1);
      expect(newestEvent(late.text(), 'state')).to.have.property('stockCount', 10);
    });
  });

  it('gets HEAD without a stream', async () => {
    const { status, headers, text } = await system.client.send({ method: 'HEAD', path: '/events' });
    expect([status, headers['content-type'], text]).to.deep.equal([200, 'text/event-stream', '']);
  });

  it('is refused when too many are open, until one is closed', async () => {
    const opened = await Promise.all(Array.from({ length: maxPages }, listen));
    expect(opened.map(({ status }) => status)).to.deep.equal(opened.map(() => 200));
    const refused = await system.client.send({ path: '/events' });
    expect([refused.status, refused.json]).to.deep.equal([
      503,
      { error: { code: 503, message: 'too many pages are open' } },
    ]);
    expect(refused.headers).to.include({
      'retry-after': '1',
      'content-type': 'application/json; charset=utf-8',
    });
    opened[0]?.answer.destroy();
    await eventually(async () => expect((await listen()).status).to.equal(200));
  });

  it('is counted while it is open', async () => {
    const count = async (): Promise<string | undefined> => {
      const { text } = await system.client.send({ path: '/metrics' });
      return text.split('\n').find((line) => line.startsWith('stock_open_pages'));
    };
    await eventually(async () => expect(await count()).to.equal('stock_open_pages 0'));
    await listen();
    expect(await count()).to.equal('stock_open_pages 1');
  });

  it('holds up no stop', async () => {
    const { answer } = await listen();
    const ended = once(answer, 'end');
    const startMs = performance.now();
    await system.kill('frontend', 'SIGTERM');
    await ended;
    expect(performance.now() - startMs).to.be.lessThan(5_000);
  });
});
