// Callers with API keys, on the real processes.
import { expect } from 'chai';
import { runStock } from '../support/command-line.js';
import { readJournal } from '../support/history.js';
import { System } from '../support/system.js';

const deskKey = 'desk-0123456789abcdef';
const botKey = 'bot-fedcba9876543210';
const body = { name: 'GameStart', quantity: 1, type: 'sell' };

describe('with API keys', function () {
  this.timeout(60_000);
  let system: System;

  before(async () => {
    system = await System.start({
      API_KEYS: `desk:${deskKey}, bot:${botKey}`,
      CORS_ORIGINS: 'https://desk.example.org',
    });
  });
  after(() => system.close());

  const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
  const basic = (user: string, key: string) => ({
    Authorization: `Basic ${Buffer.from(`${user}:${key}`).toString('base64')}`,
  });
  const post = (headers: Record<string, string>) =>
    system.client.send({ method: 'POST', path: '/orders', body, headers });
  const numberOf = ({ json }: { json: unknown }) =>
    (json as { data: { transaction_number: number } }).data.transaction_number;

  it('nobody comes in without one, but to ask whether it lives', async () => {
    const paths = [
      '/',
      '/events',
      '/stocks',
      '/stocks/GameStart',
      '/orders',
      '/orders/1',
      '/cluster',
      '/docs',
    ];
    for (const path of [...paths, '/metrics', '/openapi.json', '/nowhere', '/healthz?x=1', '//healthz']) {
      const { status, headers, json } = await system.client.send({ path });
      expect(status, path).to.equal(401);
      expect(headers['www-authenticate']).to.match(/^Basic realm="/);
      expect(json).to.deep.equal({
        error: { code: 401, message: 'an API key is needed: Authorization: Bearer <key>' },
      });
    }
    expect((await post({})).status).to.equal(401);
    expect((await post(bearer(`${deskKey}x`))).status).to.equal(401);
    expect((await system.client.send({ path: '/healthz' })).status).to.equal(200);
    expect((await system.client.send({ path: '/readyz' })).status).to.equal(200);
    expect(readJournal(system.dataDirectory)).to.deep.equal([]);
  });

  it('a preflight needs none: a browser cannot send one', async () => {
    const headers = {
      Origin: 'https://desk.example.org',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization',
    };
    const answer = await system.client.send({ method: 'OPTIONS', path: '/orders', headers });
    expect(answer.status).to.equal(204);
    expect(answer.headers['access-control-allow-headers']).to.include('Authorization');
  });

  it('the page and its events are for those whom the browser has asked for one', async () => {
    const page = await system.client.send({ path: '/', headers: basic('desk', deskKey) });
    expect(page.status).to.equal(200);
  });

  it('an order is the same order for one caller, in whatever form the key comes, and another for each other', async () => {
    const key = { 'Idempotency-Key': 'monday-1' };
    const first = await post({ ...bearer(deskKey), ...key });
    expect(first.headers['idempotency-key']).to.equal('monday-1');
    for (const headers of [basic('x', deskKey), { 'X-API-Key': deskKey }, bearer(deskKey)]) {
      expect(numberOf(await post({ ...headers, ...key }))).to.equal(numberOf(first));
    }
    expect(numberOf(await post({ ...bearer(botKey), ...key }))).to.be.greaterThan(numberOf(first));
  });

  it('a key that was made for an order is good for sending it again', async () => {
    const first = await post(bearer(botKey));
    const made = first.headers['idempotency-key'] as string;
    expect(made).to.match(/^[\da-f-]{36}$/);
    expect(numberOf(await post({ ...bearer(botKey), 'Idempotency-Key': made }))).to.equal(numberOf(first));
  });

  it('the command line takes one from the URL', async () => {
    const url = `http://desk:${deskKey}@127.0.0.1:${system.environment.FRONTEND_PORT}`;
    const { stdout, stderr, status } = await runStock(['buy', 'AAPL', '2', '--json', '--url', url]);
    expect([stderr, status]).to.deep.equal(['', 0]);
    expect(JSON.parse(stdout)).to.include({ name: 'AAPL', quantity: 2, type: 'buy' });
    const without = await runStock(['lookup', 'AAPL'], {
      FRONTEND_PORT: system.environment.FRONTEND_PORT ?? '',
    });
    expect(without.status).to.equal(1);
    expect(without.stderr).to.include('an API key is needed');
  });

  it('no key stands in what the processes log', () => {
    expect(system.output).not.to.include(deskKey).and.not.to.include(botKey);
  });
});
