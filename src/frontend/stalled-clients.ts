import type { Socket } from 'node:net';

/** How often it is looked within the timeout. */
const looks = 20;

/** What the kernel has not taken yet of what was written. Node's own timeouts look there, too; its types leave it out. */
interface WritingSocket extends Socket {
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

interface Stall {
  readonly queued: number;
  /** How often the same was seen. Not since when: a process that is late itself must not blame its clients. */
  readonly times: number;
}

/**
 * Cuts the connections of clients that have stopped reading: each keeps its answers in our memory. Not by the timeout of
 * Node's sockets, which costs a few percent of every request.
 * @param connections all that are open
 * @param timeoutMs how long nothing may have been read of what waits to be sent
 * @returns ends it
 */
export function cutStalledClients(connections: Iterable<Socket>, timeoutMs: number): () => void {
  const stalls = new WeakMap<Socket, Stall>();

  function look(socket: WritingSocket): void {
    const queued = socket._handle?.writeQueueSize ?? 0;
    const before = stalls.get(socket);
    const times = queued > 0 && before?.queued === queued ? before.times + 1 : 0;
    stalls.set(socket, { queued, times });
    if (times === looks) {
      socket.destroy();
    }
  }

  const sweep = setInterval(() => {
    for (const socket of connections) {
      if (socket.writableLength > 0) {
        look(socket);
      } else {
        stalls.delete(socket);
      }
    }
  }, timeoutMs / looks);
  return () => clearInterval(sweep);
}
