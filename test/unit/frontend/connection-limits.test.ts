import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { oneAtATime } from '../../../src/frontend/connection-limits.js';
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
