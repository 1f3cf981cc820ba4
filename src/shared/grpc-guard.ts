// Lets a service's RPCs be called by those only who may. The caller is who its certificate says; the library has checked
// already that one of ours was shown. Asked once for each call, and for each message only where it names its sender.
import { ServerInterceptingCall, status, type ServerInterceptor } from '@grpc/grpc-js';
import type { Logger } from './logger.js';
import { isTrue, permissions, type Claim } from './permissions.js';
import type { ServiceName } from './service-names.js';
import { bearerOf } from './tls-identity.js';

type GuardedCall = Parameters<ServerInterceptor>[1];

export function guardCalls(logger: Pick<Logger, 'warn'>): ServerInterceptor {
  return ({ path }, call) => {
    const refuse = (code: status, details: string): void => {
      logger.warn({ rpc: path, peer: call.getPeer() }, `refused a call: ${details}`);
      call.sendStatus({ code, details });
    };
    const caller = bearerOf(call.getAuthContext().sslPeerCertificate);
    if (caller === undefined) {
      return refused(call, () => refuse(status.UNAUTHENTICATED, 'the certificate names no service'));
    }
    const permission = permissions.get(path);
    if (!permission?.callers.includes(caller)) {
      return refused(call, () => refuse(status.PERMISSION_DENIED, `${caller} may not call ${path}`));
    }
    return permission.claim === undefined
      ? new ServerInterceptingCall(call)
      : truthful(call, permission.claim, caller, (details) => refuse(status.PERMISSION_DENIED, details));
  };
}

/** A call that never begins. */
function refused(call: GuardedCall, refuse: () => void): ServerInterceptingCall {
  return new ServerInterceptingCall(call, { start: refuse });
}

/** A call that ends with the first message that says something untrue of its sender. */
function truthful(
  call: GuardedCall,
  claim: Claim,
  caller: ServiceName,
  refuse: (details: string) => void,
): ServerInterceptingCall {
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMessage: (message, deliver) => {
          if (isTrue(claim, message, caller)) {
            deliver(message);
          } else {
            refuse(`${caller} gave another ${claim} than its own`);
          }
        },
      }),
  });
}
