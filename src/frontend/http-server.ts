import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ConfigError } from '../shared/config.js';
import { answerHalfOpen } from '../shared/half-open.js';
import type { ServiceName } from '../shared/service-names.js';
import { bearerOf, secureOptions, type TlsIdentity } from '../shared/tls-identity.js';
import { keep } from './api-answer.js';
import { errorBody } from './api-error.js';
import { ConnectionLimits } from './connection-limits.js';
import { answersUntil, HttpDrain } from './http-drain.js';
import type { RefusalParts } from './refusal.js';
import { cutStalledClients } from './stalled-clients.js';

/** How long an idle connection stays open, ms: longer than most clients and balancers keep theirs. */
const keepAliveTimeoutMs = 65_000;
/** How long a client may take to send a request's head, and the whole of it, ms. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 20_000;
/** How often that is checked, ms; Node's own default is half a minute. */
const checkIntervalMs = 1_000;
/** How long a client may read nothing of an answer, ms. */
const readTimeoutMs = 20_000;
/** How long a client may take to hang up after an answer that ends the connection, ms. */
const lingerMs = 1_000;

const parseErrorStatuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** What the parser refuses never becomes a request; it gets our error shape nevertheless. */
function answerParseError(error: NodeJS.ErrnoException, socket: Socket): void {
  const isStranger = socket instanceof TLSSocket && !socket.authorized;
  if (error.code === 'ECONNRESET' || !socket.writable || isStranger) {
    socket.destroy();
    return;
  }
  const status = parseErrorStatuses[error.code ?? ''] ?? 400;
  const reason = STATUS_CODES[status] ?? '';
  const body = errorBody(status, reason);
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  socket.setTimeout(lingerMs, () => socket.destroy());
}

function answerPlainly(response: ServerResponse, status: number, message: string): void {
  const body = errorBody(status, message);
  response.writeHead(status, {
    ...keep.never,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

export interface RunningHttpServer {
  /** See HttpDrain.close. */
  close(patienceMs: number): Promise<void>;
}

const options = {
  // A missing Host is answered below: the parser's own answer has no body.
  requireHostHeader: false,
  keepAliveTimeout: keepAliveTimeoutMs,
  headersTimeout: headersTimeoutMs,
  requestTimeout: requestTimeoutMs,
  connectionsCheckingInterval: checkIntervalMs,
} as const;

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

interface ServerParts extends RefusalParts {
  /** Aborts when the process is told to stop. */
  readonly stopping: AbortSignal;
}

export interface Listen {
  readonly host: string;
  readonly port: number;
  /** The setting of the port. */
  readonly setting: string;
  readonly parts: ServerParts;
  readonly maxConnections?: number;
  /** HTTPS for this one service, which must show its certificate, and with this identity. */
  readonly only?: { readonly caller: ServiceName; readonly identity: TlsIdentity };
}

/** Answers 403 to everybody but one service. */
function onlyFor(service: ServiceName, listener: Listener): Listener {
  // A certificate belongs to its connection; to read it takes longer than to answer.
  const callers = new WeakMap<Socket, ServiceName | 'nobody'>();
  return (request, response) => {
    const socket = request.socket as TLSSocket;
    const caller = callers.get(socket) ?? bearerOf(socket.getPeerCertificate()) ?? 'nobody';
    callers.set(socket, caller);
    if (caller === service) {
      return listener(request, response);
    }
    return answerPlainly(response, 403, `this port is for the ${service} only`);
  };
}

function create(listener: Listener, { parts, only }: Listen): Server {
  const limits = new ConnectionLimits(parts);
  /** The answer to the newest request of each connection: those before it are sent before it. */
  const newest = new WeakMap<Socket, ServerResponse>();
  const limited = limits.limit((request, response) =>
    request.headers.host === undefined && request.httpVersion === '1.1'
      ? answerPlainly(response, 400, 'the Host header is missing')
      : listener(request, response),
  );
  const answer: RequestListener = (request, response) => {
    if (request.socket.destroyed) {
      // What else was in the packet after which it was cut.
      return;
    }
    newest.set(request.socket, response);
    void limited(request, response);
  };
  const own = { ...options, ServerResponse: answersUntil(parts.stopping) };
  const server = only
    ? createSecureServer({ ...own, ...secureOptions(only.identity), requestCert: true }, answer)
    : createServer(own, answer);
  // No limit on their number, where Node drops what is beyond it without a word: all of them, or 431 for their size.
  server.maxHeadersCount = 0;
  answerHalfOpen(server);
  server.on(
    'checkExpectation',
    limits.limit((_, response) => answerPlainly(response, 417, 'only 100-continue can be expected')),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const before = newest.get(socket);
    if (before?.req.complete && !before.writableFinished) {
      // Else a client that has sent several requests at once would take this for the answer to the one before.
      before.once('finish', () => answerParseError(error, socket));
    } else {
      answerParseError(error, socket);
    }
  });
  return server;
}

/**
 * Listens on `host:port` (port 0: any free one).
 * @throws ConfigError the port is taken or not allowed
 */
export async function serveHttp(listener: Listener, listen: Listen): Promise<RunningHttpServer> {
  const { only } = listen;
  const server = create(only ? onlyFor(only.caller, listener) : listener, listen);
  if (listen.maxConnections !== undefined) {
    server.maxConnections = listen.maxConnections;
  }
  const drain = new HttpDrain(server);
  const stopLooking = cutStalledClients(drain.connections, readTimeoutMs);
  server.once('close', stopLooking);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(listen.port, listen.host, 1_024, resolve);
    });
  } catch (error) {
    throw new ConfigError(
      `cannot listen on ${listen.host}:${listen.port} (${(error as NodeJS.ErrnoException).code}): ` +
        `stop the other program or set ${listen.setting}`,
      { cause: error },
    );
  }
  return drain;
}
