import type { TransactionNumber } from '../shared/domain.js';

/** How many appends are remembered: followers are rarely further behind. */
const maxPieces = 16;

interface Piece {
  readonly first: TransactionNumber;
  readonly last: TransactionNumber;
  readonly lines: Buffer;
}

/** The end of a log as the lines that were written there, so that followers get the same bytes without more work. */
export class LineTail {
  #pieces: Piece[] = [];

  /** Remembers what has been appended: the lines of the trades `first` to `last`. */
  push(first: TransactionNumber, last: TransactionNumber, lines: Buffer): void {
    this.#pieces.push({ first, last, lines });
    if (this.#pieces.length > maxPieces) {
      this.#pieces.shift();
    }
  }

  /** Forgets everything after a trade. */
  truncate(number: TransactionNumber): void {
    this.#pieces = this.#pieces.filter((piece) => piece.last <= number);
  }

  /** The lines of at most `limit` trades that follow `number`; undefined: they are not remembered. */
  after(number: TransactionNumber, limit: number): Buffer | undefined {
    const start = this.#pieces.findIndex((piece) => piece.first === number + 1);
    if (start === -1) {
      return undefined;
    }
    const rest = this.#pieces.slice(start);
    const tooFar = rest.findIndex((piece) => piece.last > number + limit);
    const taken = tooFar === -1 ? rest : rest.slice(0, tooFar);
    const [only] = taken;
    return taken.length === 1 ? only?.lines : taken.length > 1 ? concat(taken) : undefined;
  }
}

function concat(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(pieces.map((piece) => piece.lines));
}
