// Whether trades would succeed: a banner and the title of the tab say so while they would not.
import { find, setText } from './dom.js';

/** A failover is over sooner, and an order that meets it succeeds, only later: nobody needs to be alarmed, ms. */
const patienceMs = 1_000;

export class Verdict {
  readonly #banner = find('#verdict');
  readonly #title = document.title;
  #reason = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param reason why no trade would succeed, in the words of the frontend; empty: they do */
  show(reason: string): void {
    this.#reason = reason;
    if (reason === '') {
      this.#clear();
    } else if (this.#banner.hidden) {
      this.#timer ??= setTimeout(() => this.#alarm(), patienceMs);
    } else {
      this.#alarm();
    }
  }

  /** Nothing is known any more. */
  lost(): void {
    this.#clear();
    this.#setTitle('no connection');
  }

  /** Nothing is known, because nobody looks. */
  paused(): void {
    this.#clear();
  }

  #alarm(): void {
    setText(this.#banner, `No trade would succeed now: ${this.#reason}`);
    this.#banner.hidden = false;
    this.#setTitle('no trades');
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#banner.hidden = true;
    document.title = this.#title;
  }

  #setTitle(trouble: string): void {
    document.title = `● ${trouble} – ${this.#title}`;
  }
}
