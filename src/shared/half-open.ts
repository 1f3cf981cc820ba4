import type { Server } from 'node:http';

/**
 * Has a client answered that has shut down its sending side, as `nc -N` does: it has said all that it has to say, and still
 * listens. Node's servers hang up on it unless told otherwise, by a property that its types leave out.
 */
export function answerHalfOpen(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true });
}
