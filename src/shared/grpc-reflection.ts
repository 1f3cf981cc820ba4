import type { ServiceImplementation } from 'nice-grpc';
import { ServerReflection, type ServerReflectionService } from 'nice-grpc-server-reflection';

type Reflection = ServiceImplementation<typeof ServerReflectionService>;

/**
 * Server reflection for a service without a package. The library knows the names in such files with a dot in front
 * (its package prefix is `''` and the dot), so a name without any dot is handed to it like that.
 */
export function reflection(descriptors: Uint8Array, serviceName: string): Reflection {
  const library = ServerReflection(descriptors, [serviceName]);
  return {
    serverReflectionInfo(requests, context) {
      async function* translated() {
        for await (const request of requests) {
          const symbol = request.getFileContainingSymbol();
          if (request.hasFileContainingSymbol() && !symbol.startsWith('google.')) {
            request.setFileContainingSymbol(`.${symbol}`);
          }
          yield request;
        }
      }
      return library.serverReflectionInfo(translated(), context);
    },
  };
}
