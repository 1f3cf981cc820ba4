// A network in the hands of a property test: each message lies in the post until the test delivers it, once or twice,
// at once or late, or loses it.
import type { Clock } from '../../src/shared/clock.js';
import { settle } from './virtual-clock.js';

interface Letter {
  readonly what: string;
  deliver(): void;
}

/** `answer to lookup` of `answer to lookup(A, one)`. */
const kindOf = (what: string): string => what.slice(0, what.indexOf('('));

export class Post {
  /** What was sent and is on its way, in order. */
  #fresh: Letter[] = [];
  /** What has been held up, and copies of what has been delivered. */
  readonly #late: Letter[] = [];
  /** Whether a copy of every message turns up once more, at any later time. */
  doubles = false;
  /** The kinds of messages that stay on their way until the test picks them out. */
  slow: ReadonlySet<string> = new Set();
  /** What was delivered, for the trace of a failure. */
  readonly trace: string[] = [];

  /**
   * Asks somebody for something: the question is a message, and so is the answer.
   * @param handle what the other side does with the question, each time that it arrives; a promise that never resolves
   *   is a process that ended
   */
  call<T>(what: string, clock: Clock, deadlineMs: number, handle: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const callOff = clock.after(deadlineMs, () => reject(new Error(`no answer to ${what}`)));
      const answer = (settle: () => void) => {
        this.#send(`answer to ${what}`, () => {
          callOff();
          settle();
        });
      };
      this.#send(what, () => {
        new Promise<T>((handled) => {
          handled(handle());
        }).then(
          (value) => answer(() => resolve(value)),
          (error: unknown) => answer(() => reject(error instanceof Error ? error : new Error(String(error)))),
        );
      });
    });
  }

  /** Delivers everything that is on its way and not slow, and what comes of it. */
  async flow(): Promise<void> {
    await settle();
    for (let quick = this.#takeQuick(); quick.length > 0; quick = this.#takeQuick()) {
      quick.forEach((letter) => this.#deliver(letter));
      await settle();
    }
  }

  /** Delivers a message out of turn. */
  deliver(pick: number): void {
    this.#take(pick, (letter) => this.#deliver(letter));
  }

  lose(pick: number): void {
    this.#take(pick, ({ what }) => this.trace.push(`lost: ${what}`));
  }

  holdUp(pick: number): void {
    this.#take(pick, (letter) => this.#late.push(letter));
  }

  /** Delivers something that was held up, or the copy of something that was delivered. */
  deliverLate(pick: number): void {
    const [letter] = this.#late.splice(pick % this.#late.length, 1);
    if (letter) {
      this.trace.push(`late: ${letter.what}`);
      letter.deliver();
    }
  }

  /** Delivers everything that was ever held up. */
  deliverAllLate(): void {
    this.#late.splice(0).forEach((letter) => letter.deliver());
  }

  #takeQuick(): Letter[] {
    const quick = this.#fresh.filter(({ what }) => !this.slow.has(kindOf(what)));
    this.#fresh = this.#fresh.filter(({ what }) => this.slow.has(kindOf(what)));
    return quick;
  }

  #send(what: string, deliver: () => void): void {
    this.#fresh.push({ what, deliver });
  }

  #take(pick: number, use: (letter: Letter) => void): void {
    const [letter] = this.#fresh.splice(pick % this.#fresh.length, 1);
    if (letter) {
      use(letter);
    }
  }

  #deliver(letter: Letter): void {
    this.trace.push(letter.what);
    if (this.doubles) {
      this.#late.push(letter);
    }
    letter.deliver();
  }
}
