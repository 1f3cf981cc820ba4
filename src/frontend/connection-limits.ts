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
/** How many refusals of that kind may wait to be sent on all connections: a refusal takes about 6 KB until it has left. */
const maxUnsentRefusals = 4_096;

const tooMany: Refusal = {
  status: code.unavailable,
  message: message.connectionFull,
  headers: { 'Retry-After': '1' },
};

/** The requests of one connection that have not been answered. An answer counts until it has left for the client. */
class Connection {
  unanswered = 0;
  refused = 0;
  readonly answered = (): void => {
    this.unanswered -= 1;
  };
}

/**
 * Turns away what is beyond the requests that a connection may have unanswered; and cuts the connection where too many
 * clients do not read even that.
 */
export function limitUnanswered(parts: RefusalParts, listener: Listener): Listener {
  const connections = new WeakMap<Socket, Connection>();
  let unsentRefusals = 0;

  function connectionOf(socket: Socket): Connection {
    const known = connections.get(socket);
    if (known) {
      return known;
    }
    const connection = new Connection();
    connections.set(socket, connection);
    // Node tells of an answer that it never got to send in no other way.
    socket.once('close', () => (unsentRefusals -= connection.refused));
    return connection;
  }

  function refuse(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
    if (unsentRefusals >= maxUnsentRefusals) {
      request.socket.destroy();
      return;
    }
    connection.refused += 1;
    unsentRefusals += 1;
    response.once('close', () => {
      connection.refused -= 1;
      unsentRefusals -= 1;
    });
    turnAway(parts, request, response, tooMany);
  }

  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) {
      // What else was in the packet for which it was cut.
      return undefined;
    }
    const connection = connectionOf(socket);
    if (connection.unanswered >= maxUnanswered) {
      return refuse(connection, request, response);
    }
    connection.unanswered += 1;
    response.on('close', connection.answered);
    return listener(request, response);
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
