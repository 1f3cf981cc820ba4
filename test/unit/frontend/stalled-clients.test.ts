import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { cutStalledClients } from '../../../src/frontend/stalled-clients.js';
import { eventually } from '../../support/eventually.js';
import { rawRequest } from '../../support/raw-connection.js';

/** More than the kernel's buffers hold. */
const answer = Buffer.alloc(16 * 1024 * 1024, 'x');

interface Asking {
  readonly socket: Socket;
  received: number;
  isCut: boolean;
}

describe('a client of whose answer something waits to be sent', () => {
  let server: Server;
  let connections: Set<Socket>;
  let stop: () => void;

  beforeEach(async () => {
    connections = new Set();
    server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1');
    server.on('connection', (socket: Socket) => {
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
    });
    stop = cutStalledClients(connections, 400);
    await once(server, 'listening');
  });
  afterEach(() => {
    stop();
    server.closeAllConnections();
    server.close();
  });

  /** Asks, and takes what comes whenever the stream flows. */
  async function ask(): Promise<Asking> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const asking: Asking = { socket, received: 0, isCut: false };
    socket.on('data', ({ length }) => (asking.received += length));
    socket.on('error', () => undefined);
    socket.once('close', () => (asking.isCut = true));
    await once(socket, 'connect');
    socket.write(rawRequest('GET', '/'));
    return asking;
  }

  it('is cut off when it has read nothing for a while, and nobody else', async () => {
    const [stalled, reading] = [await ask(), await ask()];
    stalled.socket.pause();
    await eventually(() => expect(connections.size).to.equal(1));
    await eventually(() => expect(reading.received).to.be.above(answer.length));
    expect(reading.isCut, 'idle now').to.equal(false);
    [stalled, reading].forEach(({ socket }) => socket.destroy());
  });

  it('is not, as long as it reads a little now and then', async () => {
    const slow = await ask();
    slow.socket.on('data', () => {
      slow.socket.pause();
      setTimeout(() => slow.socket.resume(), 5);
    });
    await eventually(() => expect(slow.received).to.be.above(answer.length), 15_000);
    expect(slow.isCut).to.equal(false);
    slow.socket.destroy();
  });
});
