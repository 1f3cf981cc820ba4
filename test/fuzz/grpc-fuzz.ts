// Calls every RPC of every service with the messages, and judges how the calls end.
import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import { pick } from './mutate.js';
import { fuzzCall, readRpcs, type FuzzCall, type Rpc } from './grpc-messages.js';
import type { Tally } from './report.js';
import { numbers, randomOf, type FuzzRun } from './rest-fuzz.js';

const callers = 16;
/** A replica that is told to lead takes its time. */
const patienceMs = 10_000;

/** Ends that a bad message deserves. */
const rightEnds = new Set<status>([
  status.OK,
  status.INVALID_ARGUMENT,
  status.OUT_OF_RANGE,
  status.FAILED_PRECONDITION,
  status.RESOURCE_EXHAUSTED,
]);

interface Target {
  readonly client: Client;
  readonly rpcs: readonly Rpc[];
}

/** @param addresses host:port of each server, with the name of its service */
export async function fuzzGrpc(
  addresses: readonly (readonly [service: string, address: string])[],
  run: FuzzRun,
  tally: Tally,
): Promise<void> {
  const services = await readRpcs();
  const targets = addresses.map(([service, address]): Target => {
    const rpcs = services.get(service) ?? [];
    return { client: new Client(address, credentials.createInsecure()), rpcs };
  });
  const queue = numbers(run);
  const workers = Array.from({ length: callers }, async () => {
    for (const index of queue) {
      const random = randomOf(run.seed, index);
      const { client, rpcs } = pick(random, targets);
      const call = fuzzCall(random, rpcs);
      const { code, details } = await end(client, call);
      tally.count(status[code]);
      if (!rightEnds.has(code)) {
        const what = `${call.rpc.path} ended with ${status[code]}: ${details}`;
        tally.findings.push({ index, what, bytes: Buffer.concat(call.messages) });
      }
    }
  });
  await Promise.all(workers);
  targets.forEach(({ client }) => client.close());
}

type End = Pick<ServiceError, 'code' | 'details'>;
const asIs = (bytes: Buffer): Buffer => bytes;

function end(client: Client, { rpc, messages }: FuzzCall): Promise<End> {
  const options = { deadline: Date.now() + patienceMs };
  return new Promise((resolve) => {
    if (!rpc.isStream) {
      const done = (error: ServiceError | null) => resolve(error ?? { code: status.OK, details: '' });
      client.makeUnaryRequest(rpc.path, asIs, asIs, messages[0] as Buffer, options, done);
      return;
    }
    const stream = client.makeBidiStreamRequest(rpc.path, asIs, asIs, options);
    stream.on('data', () => undefined);
    stream.on('error', () => undefined);
    stream.on('status', ({ code, details }) => resolve({ code, details }));
    messages.forEach((bytes) => stream.write(bytes));
    stream.end();
  });
}
