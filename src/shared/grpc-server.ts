// A gRPC server as all our services have it: with health, reflection, and errors that are logged once.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { logVerbosity, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import {
  createServer,
  ServerError,
  Status,
  type CallContext,
  type CompatServiceDefinition,
  type Server,
  type ServerMiddlewareCall,
  type ServiceImplementation,
} from 'nice-grpc';
import { HealthDefinition, HealthServiceImpl, HealthState } from 'nice-grpc-server-health';
import { ServerReflectionService } from 'nice-grpc-server-reflection';
import { isAbortError } from 'abort-controller-x';
import { ConfigError } from './config.js';
import { guardCalls } from './grpc-guard.js';
import { reflection } from './grpc-reflection.js';
import type { Logger } from './logger.js';
import { refuseMalformed, withMalformedMessages } from './malformed-message.js';
import { maxMessageBytes } from './grpc-channel.js';
import type { TlsIdentity } from './tls-identity.js';

// Its own lines on stderr would stand beside the one sentence that we say.
setLogVerbosity(logVerbosity.NONE);

/** Calls of one connection that may be under way; its other calls wait with the caller. Ours have a handful. */
const maxCallsOfConnection = 256;

/** How long a stopping server lets calls end, ms. */
const drainMs = 500;

/** How often the health service hears whether the service is ready, ms. */
const healthIntervalMs = 100;

const descriptors = new URL('../../../generated/descriptors.bin', import.meta.url);

export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

function reportErrors(logger: Logger) {
  return async function* report<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    context: CallContext,
  ): AsyncGenerator<Awaited<Response>, Awaited<Response> | void, undefined> {
    try {
      refuseMalformed(call.request);
      return yield* call.next(call.request as never, context);
    } catch (error) {
      if (error instanceof ServerError || isAbortError(error)) {
        throw error;
      }
      logger.error({ error, rpc: call.method.path }, 'a call failed unexpectedly');
      throw new ServerError(Status.INTERNAL, 'internal error');
    }
  };
}

/**
 * Ends what has not ended by itself. Nobody waits for more than that: where both sides of a TLS connection hang up at the
 * same time, Node may never notice that it is closed.
 */
async function forceAfter(ms: number, server: Server): Promise<void> {
  await delay(ms);
  server.forceShutdown();
}

/** Nobody gets in who does not show a certificate of our authority. */
function serverCredentials({ authority, own }: TlsIdentity): ServerCredentials {
  return ServerCredentials.createSsl(authority, [{ private_key: own, cert_chain: own }], true);
}

/** What a server needs beside its service. */
export interface ServerOptions {
  readonly logger: Logger;
  /** As whom it serves; without one the port is not secured, and everybody may call everything. */
  readonly identity?: TlsIdentity | undefined;
  /** Whether the service can do all that it is there for. */
  readonly isReady?: () => boolean;
}

/** An address of IPv6 is in brackets there, as in a URL. */
const hostAndPort = ({ host, port }: { host: string; port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/**
 * Serves one service on `host:port` (port 0: any free one). To the health service, the empty name is the process, which
 * serves until it stops, and the name of the service says whether it is ready.
 * @throws ConfigError the port is taken or not allowed
 */
export async function serveGrpc<Service extends CompatServiceDefinition & { fullName: string }>(
  service: Service,
  implementation: ServiceImplementation<Service>,
  listen: { host: string; port: number; setting: string },
  { logger, identity, isReady = () => true }: ServerOptions,
): Promise<RunningServer> {
  const server = createServer({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.max_concurrent_streams': maxCallsOfConnection,
    'grpc.so_reuseport': 0,
    interceptors: identity ? [guardCalls(logger)] : [],
  }).use(reportErrors(logger));
  const health = HealthState();
  server.add(withMalformedMessages(service), implementation);
  server.add(HealthDefinition, HealthServiceImpl(health));
  server.add(ServerReflectionService, reflection(readFileSync(descriptors), service.fullName));
  let port: number;
  try {
    port = await server.listen(hostAndPort(listen), identity && serverCredentials(identity));
  } catch (error) {
    throw new ConfigError(
      `cannot listen on ${listen.host}:${listen.port}: the port is taken or not allowed; ` +
        `stop the other program or set ${listen.setting}`,
      { cause: error },
    );
  }
  const tellHealth = () => health.setStatus(isReady() ? 'healthy' : 'unhealthy', service.fullName);
  tellHealth();
  const telling = setInterval(tellHealth, healthIntervalMs);
  return {
    port,
    close: async () => {
      clearInterval(telling);
      health.setStatus('unhealthy');
      health.setStatus('unhealthy', service.fullName);
      await Promise.race([server.shutdown(), forceAfter(drainMs, server)]);
    },
  };
}
