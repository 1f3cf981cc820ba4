// One direction of a connection through a link: passes on what it reads, later if told so, or not at all for now.
import type { Socket } from 'node:net';

/** Numbers in [0, 1), like `Math.random`. */
export type Chance = () => number;

interface Piece {
  readonly dueMs: number;
  /** Undefined: the sender has finished. */
  readonly bytes: Buffer | undefined;
}

interface Passage {
  readonly held: boolean;
  readonly delayMs: number;
  readonly jitterMs: number;
}

/** So much may wait here; then the sender has to. As much as a network and the kernels at its ends hold. */
const maxWaitingBytes = 1024 * 1024;

export class LinkDirection {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #chance: Chance;
  readonly #pieces: Piece[] = [];
  #passage: Passage = { held: false, delayMs: 0, jitterMs: 0 };
  #waitingBytes = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #afterwards: (() => void) | undefined;

  constructor(from: Socket, to: Socket, chance: Chance) {
    this.#from = from;
    this.#to = to;
    this.#chance = chance;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#take(undefined));
    to.on('drain', () => this.#pass());
  }

  set(passage: Passage): void {
    this.#passage = passage;
    this.#pass();
  }

  /** Calls back when all that was sent so far has been passed on. */
  afterwards(callback: () => void): void {
    this.#afterwards = callback;
    this.#pass();
  }

  #take(bytes: Buffer | undefined): void {
    const { delayMs, jitterMs } = this.#passage;
    const dueMs = performance.now() + delayMs + jitterMs * this.#chance();
    this.#lastDueMs = Math.max(this.#lastDueMs, dueMs);
    this.#pieces.push({ dueMs: this.#lastDueMs, bytes });
    this.#waitingBytes += bytes?.length ?? 0;
    if (this.#waitingBytes > maxWaitingBytes) {
      this.#from.pause();
    }
    this.#pass();
  }

  /** Passes on what is due, and comes back for the rest. */
  #pass(): void {
    clearTimeout(this.#timer);
    const nowMs = performance.now();
    while (this.#pieces[0] && !this.#passage.held && this.#pieces[0].dueMs <= nowMs) {
      this.#pieceOut(this.#pieces.shift() as Piece);
    }
    const [next] = this.#pieces;
    if (next && !this.#passage.held) {
      this.#timer = setTimeout(() => this.#pass(), next.dueMs - nowMs);
    } else if (!this.#passage.held) {
      this.#afterwards?.();
    }
    if (this.#from.isPaused() && this.#waitingBytes < maxWaitingBytes / 2) {
      this.#from.resume();
    }
  }

  #pieceOut({ bytes }: Piece): void {
    if (!this.#to.writable) {
      this.#waitingBytes -= bytes?.length ?? 0;
      return;
    }
    if (!bytes) {
      this.#to.end();
      return;
    }
    this.#waitingBytes -= bytes.length;
    this.#to.write(bytes);
  }
}
