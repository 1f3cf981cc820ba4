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

/** Counts answers until they have left for their clients. */
class Tally {
  total = 0;
}

/** The answers of one connection that count in a tally: as long as it is open, for nothing leaves a closed one. */
class Share {
  own = 0;
  readonly #tally: Tally;

  constructor(tally: Tally, socket: Socket) {
    this.#tally = tally;
    // Of answers that were waiting for others Node tells in no other way that they will never be sent.
    socket.once('close', () => {
      tally.total -= this.own;
      this.own = 0;
    });
  }

  add(response: ServerResponse): void {
    this.own += 1;
    this.#tally.total += 1;
    response.on('close', this.#left);
  }

  readonly #left = (): void => {
    if (this.own > 0) {
      this.own -= 1;
      this.#tally.total -= 1;
    }
  };
}

interface Connection {
  readonly unanswered: Share;
  readonly refused: Share;
}

/** As Node's server has it: whom its parser tells of each request. Not in its types, so perhaps not there some day. */
interface ParsedSocket extends Socket {
  readonly parser?: { onIncoming?: (() => number) | null };
}

/**
 * Cuts a connection in the middle of a packet. Node would go on with that to its end, and make a request of each line for
 * nobody, which costs as much as to answer them; so its parser is told not to.
 */
function cut(socket: ParsedSocket): void {
  socket.destroy();
  if (socket.parser?.onIncoming) {
    socket.parser.onIncoming = () => 0;
  }
}

/**
 * Turns away what is beyond the requests that a connection may have unanswered; and cuts the connection where too many
 * clients do not read even that.
 */
export function limitUnanswered(parts: RefusalParts, listener: Listener): Listener {
  const connections = new WeakMap<Socket, Connection>();
  const [unanswered, refusals] = [new Tally(), new Tally()];

  function connectionOf(socket: Socket): Connection {
    let connection = connections.get(socket);
    if (!connection) {
      connection = { unanswered: new Share(unanswered, socket), refused: new Share(refusals, socket) };
      connections.set(socket, connection);
    }
    return connection;
  }

  const isFull = ({ own }: Share): boolean =>
    own >= maxUnanswered || (own > 0 && unanswered.total >= maxUnansweredOfAll);

  return (request, response) => {
    const connection = connectionOf(request.socket);
    if (!isFull(connection.unanswered)) {
      connection.unanswered.add(response);
      return listener(request, response);
    }
    if (refusals.total >= maxUnsentRefusals) {
      return cut(request.socket);
    }
    connection.refused.add(response);
    return turnAway(parts, request, response, tooMany);
  };
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
