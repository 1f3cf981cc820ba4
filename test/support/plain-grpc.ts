// A gRPC client as somebody else would write it: from a .proto text of their own, knowing nothing of ours.
import {
  credentials,
  makeGenericClientConstructor,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import protobuf from 'protobufjs';

type Message = Record<string, unknown>;

export interface PlainClient {
  /** Calls a unary RPC; fields that were not set come as their defaults. */
  call(rpc: string, request?: Message): Promise<Message>;
  /** Sends one message on a bidirectional stream and takes the first one that comes back. */
  ask(rpc: string, request: Message): Promise<Message>;
  close(): void;
}

function definition(service: protobuf.Service): ServiceDefinition {
  const methods = service.methodsArray.map((method) => {
    method.resolve();
    const { resolvedRequestType: request, resolvedResponseType: response } = method;
    if (!request || !response) {
      throw new Error(`${method.name} has no types`);
    }
    return [
      method.name,
      {
        path: `/${service.fullName.slice(1)}/${method.name}`,
        requestStream: method.requestStream ?? false,
        responseStream: method.responseStream ?? false,
        requestSerialize: (message: Message) =>
          Buffer.from(request.encode(request.fromObject(message)).finish()),
        requestDeserialize: (bytes: Buffer) => request.decode(bytes),
        responseSerialize: (message: Message) =>
          Buffer.from(response.encode(response.fromObject(message)).finish()),
        responseDeserialize: (bytes: Buffer) => response.toObject(response.decode(bytes), { defaults: true }),
      },
    ] as const;
  });
  return Object.fromEntries(methods);
}

/** What `import "google/protobuf/empty.proto"` brings. */
const emptyType = {
  nested: { google: { nested: { protobuf: { nested: { Empty: { fields: {} } } } } } },
} satisfies protobuf.INamespace;

/**
 * @param proto text of a .proto file
 * @param service its full name
 * @param address host:port
 */
export function plainClient(proto: string, service: string, address: string): PlainClient {
  const root = protobuf.Root.fromJSON(emptyType);
  protobuf.parse(proto, root, { keepCase: true });
  const methods = definition(root.lookupService(service));
  const Client = makeGenericClientConstructor(methods, service);
  const client = new Client(address, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 });
  const timed = () => ({ deadline: Date.now() + 5_000 });

  return {
    call: (rpc, request = {}) =>
      new Promise((resolve, reject) => {
        const method = methods[rpc];
        if (!method) {
          throw new Error(`no RPC ${rpc}`);
        }
        client.makeUnaryRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          timed(),
          (error: ServiceError | null, response?: unknown) =>
            error ? reject(error) : resolve(response as Message),
        );
      }),
    ask: (rpc, request) =>
      new Promise((resolve, reject) => {
        const method = methods[rpc];
        if (!method) {
          throw new Error(`no RPC ${rpc}`);
        }
        const stream = client.makeBidiStreamRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          timed(),
        );
        stream.on('data', (response: Message) => {
          resolve(response);
          stream.end();
        });
        stream.on('error', reject);
        stream.write(request);
      }),
    close: () => client.close(),
  };
}
