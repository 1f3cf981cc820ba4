// Somebody who calls a service, and shows this or that certificate.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { ChannelCredentials, createChannel, createClient } from 'nice-grpc';
import type { Client, CompatServiceDefinition } from 'nice-grpc';
import type { ServiceName } from '../../src/shared/service-names.js';
import type { System } from './system.js';

/** What a caller shows. */
export interface Caller {
  /** Private key and certificate, PEM; undefined: none. */
  readonly own: Buffer | undefined;
}

const portSettings = {
  catalog: 'CATALOG_PORT',
  'order-1': 'ORDER_1_PORT',
  'order-2': 'ORDER_2_PORT',
  'order-3': 'ORDER_3_PORT',
  frontend: 'FRONTEND_INTERNAL_PORT',
} as const;

export function certificatesOf(system: System): string {
  return join(system.dataDirectory, 'tls');
}

/** Somebody with the certificate of a service. */
export function callerAs(system: System, service: ServiceName): Caller {
  return { own: readFileSync(join(certificatesOf(system), service, 'identity.pem')) };
}

const authorityOf = (system: System, service: ServiceName) =>
  readFileSync(join(certificatesOf(system), service, 'ca.crt'));

/** Calls one RPC of a service, and hangs up. */
export async function callRpc<Service extends CompatServiceDefinition, Answer>(
  system: System,
  service: ServiceName,
  caller: Caller,
  definition: Service,
  call: (client: Client<Service>, signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const { own } = caller;
  const credentials = ChannelCredentials.createSsl(authorityOf(system, service), own, own);
  const address = `127.0.0.1:${system.environment[portSettings[service]]}`;
  const channel = createChannel(address, credentials, {
    'grpc.ssl_target_name_override': service,
    'grpc.enable_http_proxy': 0,
  });
  try {
    return await call(createClient(definition, channel), AbortSignal.timeout(5_000));
  } finally {
    channel.close();
  }
}

/** Sends a request to the internal port of the frontend. @returns the status of the answer */
export function askInternally(system: System, caller: Caller, method: string, path: string): Promise<number> {
  const { own } = caller;
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: system.environment[portSettings.frontend],
        servername: 'frontend',
        ca: authorityOf(system, 'frontend'),
        cert: own,
        key: own,
        method,
        path,
        agent: false,
        timeout: 5_000,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer')));
    call.on('error', reject);
    call.end();
  });
}
