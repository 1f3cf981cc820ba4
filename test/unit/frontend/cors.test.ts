import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withCors } from '../../../src/frontend/cors.js';
import { parseConfig } from '../../../src/shared/config.js';
import { HttpClient } from '../../support/http.js';

const own = 'https://desk.example.org';

describe('CORS', () => {
  let server: Server | undefined;
  let client: HttpClient | undefined;

  /** Headers of an answer that is written as the hot routes write theirs. */
  async function headersOf(origins: string[], method: string, headers: Record<string, string>) {
    server = createServer(
      withCors(origins, (_, response) => {
        response.writeHead(200, ['X-Cache', 'HIT', 'Content-Length', '0']);
        response.end();
      }),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const answer = await client.send({ method, path: '/stocks/GameStart', headers });
    expect(answer.headers['x-cache']).to.equal('HIT');
    const isOurs = (name: string) => name === 'vary' || name.startsWith('access-control-');
    return Object.fromEntries(Object.entries(answer.headers).filter(([name]) => isOurs(name)));
  }

  afterEach(() => {
    client?.close();
    server?.close();
  });

  it('is off without origins', async () => {
    expect(await headersOf([], 'GET', { Origin: own })).to.deep.equal({});
    expect(parseConfig({}).CORS_ORIGINS).to.equal(undefined);
  });

  it('lets a listed origin read answers, and the headers that say something', async () => {
    const headers = await headersOf(['https://a.example', own], 'GET', { Origin: own });
    expect(headers).to.include({ vary: 'Origin', 'access-control-allow-origin': own });
    expect(headers['access-control-expose-headers']).to.match(
      /\bETag\b.*\bIdempotency-Key\b.*\bX-Request-ID\b/,
    );
  });

  it('tells caches that others get another answer, and others nothing', async () => {
    for (const origin of ['https://evil.example', `${own}.evil.example`, 'null', own.toUpperCase()]) {
      expect(await headersOf([own], 'GET', { Origin: origin })).to.deep.equal({ vary: 'Origin' });
      client?.close();
      server?.close();
    }
    expect(await headersOf([own], 'GET', {})).to.deep.equal({ vary: 'Origin' });
  });

  it('answers everybody alike with *', async () => {
    expect(await headersOf(['*'], 'GET', { Origin: own }))
      .to.include({ 'access-control-allow-origin': '*' })
      .and.not.to.have.property('vary');
  });

  it('tells a preflight what may be sent', async () => {
    const preflight = { Origin: own, 'Access-Control-Request-Method': 'POST' };
    expect(await headersOf([own], 'OPTIONS', preflight)).to.deep.equal({
      vary: 'Origin',
      'access-control-allow-origin': own,
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-allow-headers':
        'Authorization, Content-Type, Idempotency-Key, If-None-Match, X-API-Key, X-Request-ID',
      'access-control-max-age': '600',
    });
  });

  it('takes a list of origins or *, and nothing else', () => {
    expect(parseConfig({ CORS_ORIGINS: `${own}, http://localhost:5173` }).CORS_ORIGINS).to.deep.equal([
      own,
      'http://localhost:5173',
    ]);
    expect(parseConfig({ CORS_ORIGINS: '*' }).CORS_ORIGINS).to.deep.equal(['*']);
    for (const wrong of ['example.org', `${own}/`, `${own},`, 'null']) {
      expect(() => parseConfig({ CORS_ORIGINS: wrong }), wrong).to.throw('CORS_ORIGINS');
    }
  });
});
