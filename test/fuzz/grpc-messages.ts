// Messages for every RPC of the services: every field with odd contents, and bytes that were a message once.
import protobuf from 'protobufjs';
import { randomInteger, type Random } from '../../src/cli/seeded-random.js';
import { chance, edgeNumbers, mutate, oddText, pick } from './mutate.js';

export interface Rpc {
  /** As `/CatalogService/Lookup`. */
  readonly path: string;
  readonly isStream: boolean;
  readonly request: protobuf.Type;
}

/** All RPCs of the .proto files, by service. */
export async function readRpcs(): Promise<ReadonlyMap<string, readonly Rpc[]>> {
  const root = await new protobuf.Root().load(['proto/catalog.proto', 'proto/order.proto'], {
    keepCase: true,
  });
  const services = root.nestedArray.filter((entry) => entry instanceof protobuf.Service);
  return new Map(
    services.map((service) => [
      service.name,
      service.methodsArray.map((method) => ({
        path: `/${service.name}/${method.name}`,
        isStream: method.requestStream ?? false,
        request: root.lookupType(method.requestType),
      })),
    ]),
  );
}

function scalar(random: Random, type: string): unknown {
  switch (type) {
    case 'string':
      return oddText(random).toWellFormed();
    case 'bytes':
      return Buffer.from(oddText(random));
    case 'bool':
      return chance(random, 0.5);
    case 'float':
    case 'double':
      return pick(random, [...edgeNumbers, Number.NaN, Infinity]);
    default:
      // Into the bits of the field, whatever the number.
      return type === 'uint32' ? pick(random, edgeNumbers) >>> 0 : pick(random, edgeNumbers) | 0;
  }
}

/** Mostly few, sometimes as many as a batch may have, and more. */
function repetitions(random: Random): number {
  return chance(random, 0.01) ? pick(random, [256, 1_000, 4_096, 10_001]) : randomInteger(random, 0, 4);
}

function message(random: Random, type: protobuf.Type, depth = 0): Record<string, unknown> {
  const fields = type.fieldsArray.filter(() => chance(random, 0.8));
  return Object.fromEntries(
    fields.map((field) => {
      const { resolvedType } = field.resolve();
      const one = (): unknown =>
        resolvedType instanceof protobuf.Type && depth < 3
          ? message(random, resolvedType, depth + 1)
          : scalar(random, field.type);
      return [field.name, field.repeated ? Array.from({ length: repetitions(random) }, one) : one()];
    }),
  );
}

export interface FuzzCall {
  readonly rpc: Rpc;
  readonly messages: readonly Buffer[];
}

/** The call of a number, always the same. */
export function fuzzCall(random: Random, rpcs: readonly Rpc[]): FuzzCall {
  const rpc = pick(random, rpcs);
  const count = rpc.isStream ? randomInteger(random, 1, 4) : 1;
  const messages = Array.from({ length: count }, () => {
    const bytes = Buffer.from(rpc.request.encode(message(random, rpc.request)).finish());
    return chance(random, 0.4) ? mutate(random, bytes) : bytes;
  });
  return { rpc, messages };
}
