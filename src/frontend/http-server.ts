import { createServer, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ConfigError } from '../shared/config.js';
import { keep } from './api-answer.js';
import { errorBody } from './api-error.js';
import { answersUntil, HttpDrain } from './http-drain.js';

/** How long an idle connection stays open, ms: longer than most clients and balancers keep theirs. */
const keepAliveTimeoutMs = 65_000;
/** How long a client may take to send a request's head, and the whole of it, ms. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 20_000;
/** How often that is checked, ms; Node's own default is half a minute. */
const checkIntervalMs = 1_000;
/** How long a client may take to hang up after an answer that ends the connection, ms. */
const lingerMs = 1_000;

const parseErrorStatuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** What the parser refuses never becomes a request; it gets our error shape nevertheless. */
function answerParseError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
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

/**
 * Listens on `host:port` (port 0: any free one).
 * @param listen `stopping`: aborts when the process is told to stop
 * @throws ConfigError the port is taken or not allowed
 */
export async function serveHttp(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
  listen: { host: string; port: number; setting: string; stopping: AbortSignal; maxConnections?: number },
): Promise<RunningHttpServer> {
  /** The answer to the newest request of each connection: those before it are sent before it. */
  const newest = new WeakMap<Socket, ServerResponse>();
  const server = createServer(
    {
      ServerResponse: answersUntil(listen.stopping),
      // A missing Host is answered below: the parser's own answer has no body.
      requireHostHeader: false,
      keepAliveTimeout: keepAliveTimeoutMs,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
    },
    (request, response) => {
      newest.set(request.socket, response);
      if (request.headers.host === undefined && request.httpVersion === '1.1') {
        answerPlainly(response, 400, 'the Host header is missing');
        return;
      }
      void listener(request, response);
    },
  );
  if (listen.maxConnections !== undefined) {
    server.maxConnections = listen.maxConnections;
  }
  const drain = new HttpDrain(server);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const answer = newest.get(socket);
    if (answer?.req.complete && !answer.writableFinished) {
      // Else a client that has sent several requests at once would take this for the answer to the one before.
      answer.once('finish', () => answerParseError(error, socket));
    } else {
      answerParseError(error, socket);
    }
  });
  server.on('checkExpectation', (_, response: ServerResponse) => {
    answerPlainly(response, 417, 'only 100-continue can be expected');
  });
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
