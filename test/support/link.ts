// A TCP connection path from one service to another that a test can slow down, cut in one direction or both, or
// reset, while everything else goes on. It stands between the two as a proxy, so it needs no rights on the machine.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { LinkDirection, type Chance } from './link-direction.js';

export interface LinkEnds {
  /** Where the proxy listens. */
  readonly host: string;
  readonly port: number;
  readonly targetHost: string;
  readonly targetPort: number;
}

export interface Weather {
  /** What is sent this way is held back until the weather changes; `reset` breaks and refuses connections. */
  readonly cut?: 'there' | 'back' | 'both' | 'reset';
  /** Each way, ms. */
  readonly delayMs?: number;
  /** At most so much more, drawn anew for each piece, ms. */
  readonly jitterMs?: number;
}

export const fairWeather: Weather = {};

/** How often it is tried whether a target that refused a connection is back, ms. */
const probeIntervalMs = 20;

interface Pair {
  readonly sockets: readonly [Socket, Socket];
  readonly there: LinkDirection;
  readonly back: LinkDirection;
}

/** Resets a connection. While its end is on the way that fails, and Node would never get rid of it, not even to exit. */
function breakOff(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) {
    socket.destroy();
  } else {
    socket.resetAndDestroy();
  }
}

export class Link {
  readonly #ends: LinkEnds;
  readonly #chance: Chance;
  readonly #pairs = new Set<Pair>();
  /** Connections that were begun while the link is cut. */
  readonly #begun = new Set<Socket>();
  #server: Server | undefined;
  #weather = fairWeather;
  #closed = false;
  #probing = false;

  private constructor(ends: LinkEnds, chance: Chance) {
    this.#ends = ends;
    this.#chance = chance;
  }

  /** @param chance numbers in [0, 1) for the jitter */
  static async open(ends: LinkEnds, chance: Chance): Promise<Link> {
    const link = new Link(ends, chance);
    if (!(await link.#listen())) {
      throw new Error(`cannot listen on ${ends.host}:${ends.port}`);
    }
    return link;
  }

  set weather(weather: Weather) {
    this.#weather = weather;
    this.#pairs.forEach((pair) => this.#apply(pair));
    const begun = [...this.#begun];
    this.#begun.clear();
    begun.filter((client) => !client.destroyed).forEach((client) => this.#accept(client));
  }

  close(): void {
    this.#closed = true;
    this.#server?.close();
    this.#begun.forEach((client) => client.destroy());
    this.#pairs.forEach(({ sockets }) => sockets.forEach((socket) => socket.destroy()));
  }

  #listen(): Promise<boolean> {
    const { host, port } = this.#ends;
    const server = createServer({ allowHalfOpen: true }, (client) => {
      client.on('error', () => client.destroy());
      this.#accept(client);
    });
    return new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, host, () => {
        this.#server = server;
        resolve(true);
      });
    });
  }

  #accept(client: Socket): void {
    const { cut } = this.#weather;
    if (cut === 'reset') {
      client.resetAndDestroy();
    } else if (cut) {
      this.#begun.add(client);
    } else {
      this.#connect(client);
    }
  }

  #connect(client: Socket): void {
    const { targetHost: host, targetPort: port } = this.#ends;
    const target = connect({ host, port, allowHalfOpen: true });
    const refused = (): void => {
      client.resetAndDestroy();
      this.#targetIsAway();
    };
    target.once('error', refused);
    target.once('connect', () => {
      target.off('error', refused);
      target.on('error', () => target.destroy());
    });
    this.#join(client, target);
  }

  #join(client: Socket, target: Socket): void {
    client.setNoDelay(true);
    target.setNoDelay(true);
    const pair: Pair = {
      sockets: [client, target],
      there: new LinkDirection(client, target, this.#chance),
      back: new LinkDirection(target, client, this.#chance),
    };
    this.#pairs.add(pair);
    this.#apply(pair);
    client.once('close', () => this.#part(pair, target));
    target.once('close', () => this.#part(pair, client));
  }

  /** One end is gone. What it sent before may still be on the way; the other end hears of the end after it. */
  #part(pair: Pair, other: Socket): void {
    const direction = other === pair.sockets[1] ? pair.there : pair.back;
    direction.afterwards(() => {
      this.#pairs.delete(pair);
      breakOff(other);
    });
  }

  #apply(pair: Pair): void {
    const { cut, delayMs = 0, jitterMs = 0 } = this.#weather;
    if (cut === 'reset') {
      pair.sockets.forEach(breakOff);
      return;
    }
    pair.there.set({ held: cut === 'there' || cut === 'both', delayMs, jitterMs });
    pair.back.set({ held: cut === 'back' || cut === 'both', delayMs, jitterMs });
  }

  /** Nobody listens there: nobody listens here until somebody does, so that callers are refused as without us. */
  #targetIsAway(): void {
    this.#server?.close();
    this.#server = undefined;
    if (!this.#probing) {
      this.#probing = true;
      this.#probe();
    }
  }

  #probe(): void {
    if (this.#closed) {
      return;
    }
    const again = (): void => void setTimeout(() => this.#probe(), probeIntervalMs).unref();
    const socket = connect({ host: this.#ends.targetHost, port: this.#ends.targetPort });
    socket.once('error', again);
    socket.once('connect', () => {
      socket.destroy();
      void this.#listen().then((listens) => {
        this.#probing = !listens;
        return listens ? undefined : again();
      });
    });
  }
}
