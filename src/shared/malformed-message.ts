// Bytes that are no message of their RPC. The library would end the call from beneath whoever reads it, and on a stream
// that has begun it sometimes does not end it at all; so they are handed on, to be refused where they are read.
import { ServerError, Status, type CompatServiceDefinition } from 'nice-grpc';

const malformed = Symbol('malformed message');

interface Method {
  readonly requestType: { decode(bytes: Uint8Array): unknown };
}

function tolerant<Definition extends Method>(method: Definition): Definition {
  const decode = (bytes: Uint8Array): unknown => {
    try {
      return method.requestType.decode(bytes);
    } catch {
      return malformed;
    }
  };
  return { ...method, requestType: { ...method.requestType, decode } };
}

/** The same service, which does not fail on bytes that are no message. */
export function withMalformedMessages<Service extends CompatServiceDefinition>(service: Service): Service {
  const { methods } = service as unknown as { methods: Record<string, Method> };
  const entries = Object.entries(methods).map(([name, method]) => [name, tolerant(method)] as const);
  return { ...service, methods: Object.fromEntries(entries) };
}

/** @throws ServerError INVALID_ARGUMENT if this is not a message */
export function refuseMalformed(message: unknown): void {
  if (message === malformed) {
    throw new ServerError(Status.INVALID_ARGUMENT, 'the bytes are not a message of this RPC');
  }
}
