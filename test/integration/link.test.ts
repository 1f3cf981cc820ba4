// The proxies that chaos runs put between services: whether they do to a connection what they say.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { fairWeather, Link } from '../support/link.js';
import { freePorts } from '../support/system.js';

/** Long enough for anything on loopback to have arrived, ms. */
const whileMs = 100;

/** A server that gives back what it is sent. */
async function startEcho(port: number): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return server;
}

describe('a link between two services', () => {
  let echo: Server;
  let link: Link;
  let port: number;
  let socket: Socket;
  let received: string;

  async function open(): Promise<Socket> {
    const opened = connect(port, '127.0.0.1');
    received = '';
    opened.on('data', (bytes: Buffer) => (received += bytes.toString()));
    opened.on('error', () => undefined);
    await once(opened, 'connect');
    return opened;
  }

  const hears = (...texts: string[]) => eventually(() => expect(received).to.be.oneOf(texts), 2_000);

  beforeEach(async () => {
    const [targetPort = 0, linkPort = 0] = await freePorts(2);
    port = linkPort;
    echo = await startEcho(targetPort);
    const host = '127.0.0.1';
    link = await Link.open({ host, port, targetHost: host, targetPort }, () => 0);
    socket = await open();
  });

  afterEach(() => {
    socket.destroy();
    link.close();
    echo.close();
  });

  it('passes on what it is given, and the end', async () => {
    socket.end('one');
    await once(socket, 'end');
    expect(received).to.equal('one');
  });

  for (const cut of ['there', 'back', 'both'] as const) {
    it(`holds back what is sent while it is cut (${cut}), and delivers it afterwards`, async () => {
      link.weather = { cut };
      socket.write('one');
      const second = await open();
      second.write('two');
      await sleep(whileMs);
      expect(received).to.equal('');
      link.weather = fairWeather;
      await hears('onetwo', 'twoone');
      second.destroy();
    });
  }

  it('delays each way', async () => {
    link.weather = { delayMs: 60 };
    const startMs = performance.now();
    socket.write('one');
    await hears('one');
    expect(performance.now() - startMs).to.be.within(118, 1_000);
  });

  it('breaks connections and refuses new ones while it resets', async () => {
    link.weather = { cut: 'reset' };
    await new Promise((resolve) => socket.once('close', resolve));
    const second = connect(port, '127.0.0.1');
    const [error] = (await once(second, 'error').catch((caught: unknown) => [caught])) as [Error];
    expect(error).to.have.property('code', 'ECONNRESET');
  });

  it('refuses connections while nobody listens at its end, and takes them again', async () => {
    const { port: targetPort } = echo.address() as AddressInfo;
    socket.destroy();
    echo.close();
    await eventually(async () => {
      const refused = connect(port, '127.0.0.1');
      const [error] = (await once(refused, 'error')) as [Error];
      expect(error).to.have.property('code', 'ECONNREFUSED');
    }, 2_000);
    echo = await startEcho(targetPort);
    socket = await eventually(open, 2_000);
    socket.write('back');
    await hears('back');
  });
});
