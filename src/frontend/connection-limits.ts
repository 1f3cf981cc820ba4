// What one connection may ask for at once. A client may send requests without waiting for their answers (RFC 9112, 9.3.2),
// a thousand of them in one packet; without a limit one client that reads nothing fills the memory with its answers, and
// keeps the replicas so busy that they miss their heartbeats.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { code, message } from '../shared/answer-codes.js';
import { turnAway, type Refusal, type RefusalParts } from './refusal.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** How many requests of a connection may wait for their answers, or for the client to read them. */
const maxUnanswered = 64;
/** And of all connections: with the default of MAX_CONNECTIONS each may have one. */
const maxUnansweredOfAll = 12_000;
/** How many refusals may wait to be sent, on all connections. Each takes about 6 KB until it has left. */
const maxUnsentRefusals = 4_096;

const tooMany: Refusal = {
  status: code.unavailable,
  message: message.connectionFull,
  headers: { 'Retry-After': '1' },
};

/** Counts answers until they have left for their clients, by connection and in all. */
class Tally {
  total = 0;

  change(share: Share, by: number): void {
    share.own += by;
    this.total += by;
  }
}

/** A tally that knows who has the most. */
class RankedTally extends Tally {
  readonly #shares = new Set<Share>();

  get largest(): Share | undefined {
    return [...this.#shares].reduce<Share | undefined>((a, b) => (a && a.own >= b.own ? a : b), undefined);
  }

  override change(share: Share, by: number): void {
    super.change(share, by);
    if (share.own > 0) {
      this.#shares.add(share);
    } else {
      this.#shares.delete(share);
    }
  }
}

/** The answers of one connection that count in a tally: as long as it is open, for nothing leaves a closed one. */
class Share {
  own = 0;
  readonly socket: Socket;
  readonly #tally: Tally;

  constructor(tally: Tally, socket: Socket) {
    this.#tally = tally;
    this.socket = socket;
    // Node has no other event for answers that were still queued behind others.
    socket.once('close', () => this.drop());
  }

  add(response: ServerResponse): void {
    this.#tally.change(this, 1);
    response.on('close', this.#left);
  }

  /** None of them will leave any more. */
  drop(): void {
    this.#tally.change(this, -this.own);
  }

  readonly #left = (): void => {
    if (this.own > 0) {
      this.#tally.change(this, -1);
    }
  };
}

interface Connection {
  readonly unanswered: Share;
  readonly refused: Share;
}

/** Node's parser calls `onIncoming` for each request. It is not in Node's types, so it may be missing some day. */
interface ParsedSocket extends Socket {
  readonly parser?: { onIncoming?: (() => number) | null };
}

/**
 * Cuts a connection in the middle of a packet. Node would parse the rest of it and make requests that nobody waits for, which
 * costs as much as answering them; so its parser is silenced.
 */
function cut(socket: ParsedSocket): void {
  socket.destroy();
  if (socket.parser?.onIncoming) {
    socket.parser.onIncoming = () => 0;
  }
}

/**
 * Turns away what is beyond the requests that a connection may have unanswered. Where too many clients do not read even
 * that, the connection that has the most of it is cut.
 */
export class ConnectionLimits {
  readonly #parts: RefusalParts;
  readonly #connections = new WeakMap<Socket, Connection>();
  readonly #unanswered = new Tally();
  readonly #refusals = new RankedTally();

  constructor(parts: RefusalParts) {
    this.#parts = parts;
  }

  /** For all listeners of a server: a request counts whoever answers it. */
  limit(listener: Listener): Listener {
    return (request, response) => {
      const connection = this.#connectionOf(request.socket);
      if (!this.#isFull(connection.unanswered)) {
        connection.unanswered.add(response);
        return listener(request, response);
      }
      this.#makeRoom();
      if (!request.socket.destroyed) {
        connection.refused.add(response);
        turnAway(this.#parts, request, response, tooMany);
      }
      return undefined;
    };
  }

  #connectionOf(socket: Socket): Connection {
    let connection = this.#connections.get(socket);
    if (!connection) {
      connection = {
        unanswered: new Share(this.#unanswered, socket),
        refused: new Share(this.#refusals, socket),
      };
      this.#connections.set(socket, connection);
    }
    return connection;
  }

  #isFull({ own }: Share): boolean {
    return own >= maxUnanswered || (own > 0 && this.#unanswered.total >= maxUnansweredOfAll);
  }

  #makeRoom(): void {
    const largest = this.#refusals.total >= maxUnsentRefusals ? this.#refusals.largest : undefined;
    if (largest) {
      largest.drop();
      cut(largest.socket);
    }
  }
}

/**
 * Serves one request of a connection after the other: each when the answer before it has left for the client. For routes
 * with long answers, of which a client that reads nothing shall have one in our memory, not 64.
 */
export function oneAtATime(listener: Listener): Listener {
  const newest = new WeakMap<Socket, ServerResponse>();
  return (request, response) => {
    const before = newest.get(request.socket);
    newest.set(request.socket, response);
    if (!before || before.closed) {
      return listener(request, response);
    }
    // If the client has gone, nobody waits for the others.
    before.once('close', () => request.socket.destroyed || listener(request, response));
    return undefined;
  };
}
