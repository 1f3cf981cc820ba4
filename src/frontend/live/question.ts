/**
 * A question whose answer is taken when it is there: nobody waits for it. It is asked anew only when it is due and the
 * last one was answered; a failure counts as no answer.
 */
export class Question<Answer> {
  readonly #ask: () => Promise<Answer>;
  #answer: Answer | undefined;
  #asking = false;
  #dueMs = -Infinity;

  constructor(ask: () => Promise<Answer>) {
    this.#ask = ask;
  }

  askIfDue(nowMs: number, intervalMs: number): void {
    if (this.#asking || nowMs < this.#dueMs) {
      return;
    }
    this.#asking = true;
    this.#dueMs = nowMs + intervalMs;
    this.#ask()
      .then(
        (answer) => (this.#answer = answer),
        () => undefined,
      )
      .finally(() => (this.#asking = false));
  }

  /** The answer that came since the last call. */
  take(): Answer | undefined {
    const answer = this.#answer;
    this.#answer = undefined;
    return answer;
  }
}
