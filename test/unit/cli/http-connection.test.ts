import { expect } from 'chai';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { HttpConnection } from '../../../src/cli/http-connection.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

describe('http connection', () => {
  let server: Server;
  let connection: HttpConnection;

  async function open(listener: Listener, timeoutMs = 5_000) {
    server = createServer((request, response) => void listener(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    connection = new HttpConnection(new URL(`http://127.0.0.1:${port}`), timeoutMs);
  }

  afterEach(async () => {
    connection.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('sends all its requests over one connection', async () => {
    const ports = new Set<number | undefined>();
    await open((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('ok');
    });
    for (let count = 0; count < 20; count += 1) {
      await connection.send({ method: 'GET', path: '/' });
    }
    await Promise.all([1, 2, 3].map(() => connection.send({ method: 'GET', path: '/' })));
    expect(ports.size).to.equal(1);
    expect(connection.connectionsOpened).to.equal(1);
  });

  it('opens a new connection after the server closed the old one, and counts it', async () => {
    await open((_, response) => response.setHeader('connection', 'close').end('bye'));
    await connection.send({ method: 'GET', path: '/' });
    await connection.send({ method: 'GET', path: '/' });
    expect(connection.connectionsOpened).to.equal(2);
  });

  it('carries method, path, headers and body, and brings status, headers and body back', async () => {
    await open(async (request, response) => {
      const { method, url, headers } = request;
      response.writeHead(404, { 'x-cache': 'MISS' });
      response.end([method, url, headers['idempotency-key'], await text(request)].join(' '));
    });
    const answer = await connection.send({
      method: 'POST',
      path: '/orders',
      headers: { 'idempotency-key': 'k1' },
      body: '{"é":1}',
    });
    expect(answer.status).to.equal(404);
    expect(answer.headers['x-cache']).to.equal('MISS');
    expect(answer.body).to.equal('POST /orders k1 {"é":1}');
  });

  it('gives up on a server that does not answer, and says after how long', async () => {
    await open(() => undefined, 30);
    const error = await connection.send({ method: 'GET', path: '/' }).catch(String);
    expect(error).to.equal('Error: no complete answer within 30 ms');
  });

  it('is ready for the next request after it gave up on one', async () => {
    await open((request, response) => request.url === '/' && response.end('ok'), 50);
    await connection.send({ method: 'GET', path: '/hang' }).catch(String);
    expect(await connection.send({ method: 'GET', path: '/' })).to.include({ status: 200, body: 'ok' });
  });

  it('gives up on an answer that stalls half-way', async () => {
    await open((_, response) => void response.writeHead(200, { 'content-length': '10' }).write('half'), 50);
    const error = await connection.send({ method: 'GET', path: '/' }).catch(String);
    expect(error).to.equal('Error: no complete answer within 50 ms');
  });

  it('takes an answer that is cut off for no answer', async () => {
    await open((request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half', () => request.socket.destroy());
    });
    const result = await connection.send({ method: 'GET', path: '/' }).catch(String);
    expect(result)
      .to.be.a('string')
      .and.match(/aborted|reset|hang up|Premature/i);
  });
});
