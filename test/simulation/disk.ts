// A simulated file below the product's own AppendFile: what is written can be read back by the next process, but only
// what was synced survives a power loss.
import type { DurableFile } from '../../src/shared/append-file.js';
import type { Dice } from './dice.js';
import type { Life } from './life.js';
import type { Timeline } from './timeline.js';

interface DiskSpeed {
  readonly writeMs: number;
  readonly syncMs: number;
}

const normal: DiskSpeed = { writeMs: 0.05, syncMs: 0.8 };
const slow: DiskSpeed = { writeMs: 5, syncMs: 60 };

/** What a disk says that has failed to write: what is on it is unknown. */
export class DiskError extends Error {
  readonly code = 'EIO';
}

const noRoom = (): Error => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });

/** What happens to a file after a while. */
interface Step {
  readonly meanMs: number;
  readonly effect: () => void;
}

/** Also what a mutant uses: a write that is said to be done before it is durable. */
interface SimulatedHandle extends DurableFile {
  writeLazily: DurableFile['write'];
}

export class SimulatedFile {
  /** All our files are ASCII: a character is a byte. */
  #text = '';
  #durableBytes = 0;
  readonly #timeline: Timeline;
  readonly #dice: Dice;
  #speed = normal;
  #failsNextSync = false;
  #erasedMs = -Infinity;
  /** How many more bytes fit. */
  #roomBytes = Infinity;

  constructor(timeline: Timeline, dice: Dice) {
    this.#timeline = timeline;
    this.#dice = dice;
  }

  /** What a process that reads the file now gets. */
  get text(): string {
    return this.#text;
  }

  /** Whether somebody has removed the file since. */
  erasedSince(ms: number): boolean {
    return this.#erasedMs >= ms;
  }

  /** Whether a complete line that contains `part` would survive a power loss. */
  holdsForCertain(part: string): boolean {
    const start = this.#text.lastIndexOf(part, this.#durableBytes);
    const end = start === -1 ? -1 : this.#text.indexOf('\n', start);
    return end !== -1 && end < this.#durableBytes;
  }

  fill(): void {
    this.#roomBytes = this.#dice.whole(0, 200);
  }

  /** The next sync fails, once. */
  failSync(): void {
    this.#failsNextSync = true;
  }

  slowDown(): void {
    this.#speed = slow;
  }

  recover(): void {
    this.#roomBytes = Infinity;
    this.#speed = normal;
    this.#failsNextSync = false;
  }

  /** Somebody removes the file. Only while no process has it open. */
  erase(): void {
    this.#text = '';
    this.#durableBytes = 0;
    this.#erasedMs = this.#timeline.nowMs;
  }

  /** Of what was not synced some part is gone, cut at any byte. */
  losePower(): void {
    const kept = this.#dice.whole(this.#durableBytes, this.#text.length);
    this.#text = this.#text.slice(0, kept);
    this.#durableBytes = Math.min(this.#durableBytes, kept);
  }

  /** The file as one process uses it. */
  open(life: Life): DurableFile {
    const write = (andThen: readonly Step[]): DurableFile['write'] => {
      return (bytes, offset, length, position) =>
        this.#write(life, bytes.toString('latin1', offset, offset + length), position, andThen);
    };
    const sync = (): Promise<void> => this.#run(life, [this.#sync()]);
    const handle: SimulatedHandle = {
      write: (...bytes) => write([this.#sync()])(...bytes),
      writeLazily: (...bytes) => write([])(...bytes),
      sync,
      datasync: sync,
      truncate: (bytes) =>
        this.#run(life, [{ meanMs: this.#speed.writeMs, effect: () => this.#cut(bytes ?? 0) }]),
      close: () => Promise.resolve(),
    };
    return handle;
  }

  #cut(bytes: number): void {
    this.#text = this.#text.slice(0, bytes);
    this.#durableBytes = Math.min(this.#durableBytes, bytes);
  }

  async #write(
    life: Life,
    text: string,
    position: number,
    andThen: readonly Step[],
  ): Promise<{ bytesWritten: number }> {
    let written = false;
    const put = (length: number): void => {
      const rest = this.#text.slice(position + length);
      this.#text = this.#text.slice(0, position) + text.slice(0, length) + rest;
      this.#durableBytes = Math.min(this.#durableBytes, position);
      this.#roomBytes -= length;
      written = true;
    };
    // A process that is killed in the middle of a write may leave any part of it.
    const forget = life.onEnd(
      () => written || put(Math.min(this.#roomBytes, this.#dice.whole(0, text.length))),
    );
    let bytesWritten = 0;
    const effect = (): void => {
      forget();
      bytesWritten = Math.min(text.length, this.#roomBytes);
      if (bytesWritten === 0) {
        throw noRoom();
      }
      put(bytesWritten);
    };
    await this.#run(life, [{ meanMs: this.#speed.writeMs, effect }, ...andThen]);
    return { bytesWritten };
  }

  /** What is in the file by then will be durable. */
  #sync(): Step {
    const effect = (): void => {
      if (this.#failsNextSync) {
        this.#failsNextSync = false;
        throw new DiskError('EIO: i/o error, fdatasync');
      }
      this.#durableBytes = this.#text.length;
    };
    return { meanMs: this.#speed.syncMs, effect };
  }

  /** The disk works on, even if the process sleeps; a dead process has nothing done any more. */
  #run(life: Life, steps: readonly Step[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = ([step, ...rest]: readonly Step[]): void => {
        if (!step) {
          life.run(resolve);
          return;
        }
        this.#timeline.after(this.#dice.between(0.5, 1.5) * step.meanMs, () => {
          if (life.over) {
            return;
          }
          try {
            step.effect();
          } catch (error) {
            life.run(() => reject(error));
            return;
          }
          go(rest);
        });
      };
      go(steps);
    });
  }
}
