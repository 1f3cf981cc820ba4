import { createServer } from 'node:http';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Registry } from 'prom-client';
import { coalesce } from './coalesce.js';
import { ConfigError, type Config } from './config.js';
import { answerHalfOpen } from './half-open.js';

/** Connections of those who look at the metrics. */
const maxConnections = 32;
const requestTimeoutMs = 10_000;

/**
 * Serves `GET /metrics` of a process, for Prometheus, over HTTP on a port of its own; and `GET /healthz`, for those who only
 * want to know whether the process answers.
 * @param port of the service itself: METRICS_PORT_OFFSET says how much above it; 0: nothing is served
 * @returns ends it
 * @throws ConfigError the port is taken or not allowed
 */
export async function serveMetrics(
  registry: Registry,
  { BIND_HOST: host, METRICS_PORT_OFFSET: offset }: Pick<Config, 'BIND_HOST' | 'METRICS_PORT_OFFSET'>,
  port: number,
): Promise<() => void> {
  if (offset === 0) {
    return () => undefined;
  }
  const gather = coalesce(() => registry.metrics());
  /** Each connection gets one answer, and is closed: who asks for many and reads none shall not have them pile up. */
  const answered = new WeakSet<Socket>();
  const server = createServer(
    { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs },
    (request, response) => {
      if (answered.has(request.socket)) {
        return;
      }
      answered.add(request.socket);
      response.shouldKeepAlive = false;
      request.resume();
      if (request.method === 'GET' && request.url === '/healthz') {
        response.writeHead(200).end();
        return;
      }
      if (request.method !== 'GET' || request.url !== '/metrics') {
        response.writeHead(404).end();
        return;
      }
      void gather().then(
        (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    },
  );
  answerHalfOpen(server);
  server.maxConnections = maxConnections;
  server.listen(port + offset, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new ConfigError(
      `cannot listen on ${host}:${port + offset} (${(error as NodeJS.ErrnoException).code}): stop the other program or set METRICS_PORT_OFFSET`,
      { cause: error },
    );
  }
  return () => {
    server.close();
    server.closeAllConnections();
  };
}
