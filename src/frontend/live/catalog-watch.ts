import type { LiveCatalog } from './messages.js';
import { Question } from './question.js';

/**
 * After so many questions in a row without an answer the catalog counts as down. Not after one: a pause of this process
 * makes the question late that was under way, whether the catalog answered it or not.
 */
const missesUntilDown = 2;

/**
 * Asks the catalog itself, again and again, whether it is there. Neither the replicas could tell, of which none may be
 * left, nor the lease of the cache, which may be off.
 */
export class CatalogWatch {
  readonly #question: Question<boolean>;
  #misses = 0;
  #answeredAtMs = 0;
  #state: LiveCatalog['state'] = 'unknown';

  /** @param ask any question; it rejects when no answer comes in time */
  constructor(ask: () => Promise<unknown>) {
    this.#question = new Question(() =>
      ask().then(
        () => true,
        () => false,
      ),
    );
  }

  /** Nobody has looked for a while: what was answered then says nothing about now. */
  resume(): void {
    this.#question.take();
    this.#misses = 0;
    this.#state = 'unknown';
  }

  /** Asks, if the last question has come to its end. */
  ask(timeMs: number): void {
    this.#question.askIfDue(timeMs, 0);
  }

  /** @param timeMs the time of day, ms since 1970 */
  look(timeMs: number): LiveCatalog {
    const hasAnswered = this.#question.take();
    if (hasAnswered) {
      this.#misses = 0;
      this.#answeredAtMs = timeMs;
      this.#state = 'up';
    } else if (hasAnswered === false) {
      this.#misses += 1;
      this.#state = this.#misses < missesUntilDown ? this.#state : 'down';
    }
    return { state: this.#state, answeredAtMs: this.#state === 'down' ? this.#answeredAtMs : 0 };
  }
}
