import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectionLimits, oneAtATime } from '../../../src/frontend/connection-limits.js';
import { Metrics } from '../../../src/frontend/metrics.js';
import { RequestIds } from '../../../src/frontend/request-ids.js';
import { eventually } from '../../support/eventually.js';
import { RawConnection, rawRequest } from '../../support/raw-connection.js';

describe('routes with long answers', () => {
  let server: Server;
  let served: string[];
  let answers: ServerResponse[];

  beforeEach(async () => {
    served = [];
    answers = [];
    const listener = oneAtATime((request, response) => {
      served.push(request.url ?? '');
      answers.push(response);
    });
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const connect = () => RawConnection.open((server.address() as AddressInfo).port);
  const ask = (...paths: string[]) => Buffer.concat(paths.map((path) => rawRequest('GET', path)));
  const areServed = (...paths: string[]) => eventually(() => expect(served).to.deep.equal(paths));
  const end = (index: number) => (answers[index] ?? expect.fail('is not served')).end(`answer ${index}`);

  it('serve a connection one request after the other, in their order', async () => {
    const connection = await connect();
    connection.send(ask('/a', '/b', '/c'));
    for (const [index, paths] of [['/a'], ['/a', '/b'], ['/a', '/b', '/c']].entries()) {
      await areServed(...paths);
      end(index);
      expect((await connection.answer()).text).to.equal(`answer ${index}`);
    }
    connection.send(ask('/d'));
    await areServed('/a', '/b', '/c', '/d');
    connection.close();
  });

  it('serve connections beside each other', async () => {
    const connections = await Promise.all([connect(), connect()]);
    connections[0]?.send(ask('/a', '/b'));
    await areServed('/a');
    connections[1]?.send(ask('/c', '/d'));
    await areServed('/a', '/c');
    connections.forEach((connection) => connection.close());
  });

  it('serve nothing more to a client that does not read, or has gone', async () => {
    const [idle, gone] = await Promise.all([connect(), connect()]);
    idle.pauseReading().send(ask('/idle', '/next'));
    await areServed('/idle');
    answers[0]?.end(Buffer.alloc(32 * 1024 * 1024));
    gone.send(ask('/gone', '/next'));
    await areServed('/idle', '/gone');
    gone.close();
    await once(answers[1] as ServerResponse, 'close');
    expect(served).to.deep.equal(['/idle', '/gone']);
    idle.close();
  });
});

describe('requests that wait for their answers', () => {
  let server: Server;
  let waiting: ServerResponse[];

  beforeEach(async () => {
    waiting = [];
    const parts = { requestIds: new RequestIds('test'), metrics: new Metrics() };
    const listener = new ConnectionLimits(parts).limit((_, response) => void waiting.push(response));
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const connect = () => RawConnection.open((server.address() as AddressInfo).port);
  const ask = (count: number) => Buffer.concat(Array.from({ length: count }, () => rawRequest('GET', '/')));
  const areWaiting = (count: number) => eventually(() => expect(waiting).to.have.lengthOf(count));
  const answerAll = () => waiting.splice(0).forEach((response) => response.end());
  const statuses = async (connection: RawConnection, count: number): Promise<number[]> => {
    const all: number[] = [];
    for (let turn = 0; turn < count; turn += 1) {
      all.push((await connection.answer()).status);
    }
    return all;
  };
  const times = (count: number, status: number) => Array<number>(count).fill(status);

  it('are 64 of a connection at the most; when they have left, it may ask again', async () => {
    const connection = await connect();
    for (let turn = 0; turn < 2; turn += 1) {
      connection.send(ask(70));
      await areWaiting(64);
      answerAll();
      expect(await statuses(connection, 70)).to.deep.equal([...times(64, 200), ...times(6, 503)]);
    }
    connection.close();
  });

  it('are 12,000 of all connections at the most, and then one of each', async () => {
    const connections = await Promise.all(Array.from({ length: 188 }, connect));
    connections.forEach((connection) => connection.send(ask(64)));
    await areWaiting(12_000);
    const late = await connect();
    late.send(ask(3));
    await areWaiting(12_001);
    answerAll();
    expect(await statuses(late, 3)).to.deep.equal([200, 503, 503]);
    connections.forEach((connection) => connection.close());
  });

  it('get their refusals, however many of others wait to be read', async () => {
    const flooding = await Promise.all(Array.from({ length: 6 }, connect));
    flooding.forEach((connection) => connection.send(ask(1_000)));
    await eventually(() => expect(flooding.filter(({ closed }) => closed)).to.have.lengthOf(2));
    const other = await connect();
    other.send(ask(500));
    await areWaiting(7 * 64);
    answerAll();
    expect(await statuses(other, 500)).to.deep.equal([...times(64, 200), ...times(436, 503)]);
    [...flooding, other].forEach((connection) => connection.close());
  });

  it('cost their connection, where too many refusals wait to be read; and no other', async () => {
    const flood = async (): Promise<void> => {
      const flooding = await Promise.all(Array.from({ length: 6 }, connect));
      flooding.forEach((connection) => connection.send(ask(1_000)));
      // 936 refusals each, of which 4,096 may wait: the fifth connection, and the sixth, are cut.
      await eventually(() => expect(flooding.filter(({ closed }) => closed)).to.have.lengthOf(2));
      expect(waiting).to.have.lengthOf(6 * 64);
      const other = await connect();
      other.send(ask(1));
      await areWaiting(6 * 64 + 1);
      answerAll();
      expect((await other.answer()).status).to.equal(200);
      [...flooding, other].forEach((connection) => connection.close());
      await eventually(async () => expect(await openConnections()).to.equal(0));
    };
    const openConnections = () =>
      new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    await flood();
    // Nothing of it counts any more.
    await flood();
  });
});
