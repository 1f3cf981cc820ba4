import { expect } from 'chai';
import { connect } from 'node:net';
import { freePorts } from '../../support/system.js';
import { eventually } from '../../support/eventually.js';
import { RawConnection, rawRequest } from '../../support/raw-connection.js';
import { Metrics } from '../../../src/frontend/metrics.js';
import { RequestIds } from '../../../src/frontend/request-ids.js';
import { serveHttp, type RunningHttpServer } from '../../../src/frontend/http-server.js';

const patienceMs = 2_000;

describe('an HTTP server that stops', () => {
  let stop: AbortController;
  let port: number;
  let server: RunningHttpServer;
  let release: () => void;

  /** Answers `/slow` when it is released, and everything else at once; after `/paused` it reads no more from the connection. */
  beforeEach(async () => {
    stop = new AbortController();
    [port = 0] = await freePorts(1);
    const released = new Promise<void>((resolve) => (release = resolve));
    server = await serveHttp(
      (request, response) => {
        const answer = () => response.writeHead(200, { 'Content-Length': 2 }).end('ok');
        void (request.url === '/slow' ? released.then(answer) : answer());
        if (request.url === '/paused') {
          request.once('close', () => request.socket.pause());
        }
      },
      {
        host: '127.0.0.1',
        port,
        setting: 'FRONTEND_PORT',
        parts: { stopping: stop.signal, requestIds: new RequestIds('test'), metrics: new Metrics() },
      },
    );
  });

  function close(ms = patienceMs): { readonly done: Promise<void>; readonly closed: () => boolean } {
    let closed = false;
    stop.abort();
    const done = server.close(ms).then(() => void (closed = true));
    return { done, closed: () => closed };
  }

  const get = (path: string): Buffer => rawRequest('GET', path);

  it('reads again what was left alone, and answers what had been sent there', async () => {
    const connection = await RawConnection.open(port);
    expect((await connection.send(get('/paused')).answer()).status).to.equal(200);
    connection.send(get('/fast'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { done } = close();
    const { status, headers } = await connection.answer();
    expect([status, headers.connection]).to.deep.equal([200, 'close']);
    await done;
  });

  it('answers what is under way, says that it was the last answer, and takes no new connection', async () => {
    const busy = await RawConnection.open(port);
    busy.send(get('/fast'));
    expect((await busy.answer()).headers.connection).to.equal('keep-alive');
    busy.send(get('/slow'));
    await new Promise((resolve) => setImmediate(resolve));
    const { done, closed } = close();
    const refused = await new Promise((resolve) => connect(port, '127.0.0.1').once('error', resolve));
    expect((refused as NodeJS.ErrnoException).code).to.equal('ECONNREFUSED');
    expect(closed()).to.equal(false);
    release();
    const answer = await busy.answer();
    expect([answer.status, answer.headers.connection, answer.text]).to.deep.equal([200, 'close', 'ok']);
    expect(await busy.closes()).to.equal(true);
    await done;
  });

  it('answers a request that was on its way to an idle connection', async () => {
    const idle = await RawConnection.open(port);
    idle.send(get('/fast'));
    await idle.answer();
    const { done } = close();
    const answer = await idle.send(get('/fast')).answer();
    expect([answer.status, answer.headers.connection]).to.deep.equal([200, 'close']);
    await done;
  });

  it('closes connections on which nothing comes', async () => {
    const idle = await RawConnection.open(port);
    idle.send(get('/fast'));
    await idle.answer();
    const { done } = close();
    await done;
    await eventually(() => expect(idle.closed).to.equal(true));
  });

  it('waits for a slow client, but not for ever', async () => {
    const slow = await RawConnection.open(port);
    slow.send('GET /fast HTTP/1.1\r\nHo');
    await new Promise((resolve) => setImmediate(resolve));
    const startMs = performance.now();
    await close(600).done;
    expect(performance.now() - startMs).to.be.within(550, 5_000);
    expect(await slow.closes()).to.equal(true);
  });
});
