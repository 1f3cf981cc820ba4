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

const tooMany: Refusal = {
  status: code.unavailable,
  message: message.connectionFull,
  headers: { 'Retry-After': '1' },
};

class Connection {
  unanswered = 0;
  readonly answered = (): void => {
    this.unanswered -= 1;
  };
}

/** Turns away what is beyond the requests that a connection may have unanswered. */
export function limitUnanswered(parts: RefusalParts, listener: Listener): Listener {
  const connections = new WeakMap<Socket, Connection>();
  return (request, response) => {
    let connection = connections.get(request.socket);
    if (!connection) {
      connection = new Connection();
      connections.set(request.socket, connection);
    }
    connection.unanswered += 1;
    // Once the answer has left for the client; for one that does not read, that is never.
    response.on('close', connection.answered);
    return connection.unanswered > maxUnanswered
      ? turnAway(parts, request, response, tooMany)
      : listener(request, response);
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
