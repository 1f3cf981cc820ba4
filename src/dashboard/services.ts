// The cards of the catalog and of the frontend.
import type { LiveCatalog, LiveState } from '../frontend/live/messages.js';
import { makeCard } from './card.js';
import { find, html, setText } from './dom.js';
import { age, count, time } from './text.js';

/** What the cards show; the names are those of the messages. */
type Shown = Pick<LiveState, 'catalog' | 'stockCount' | 'unreadyReason' | 'startedAtMs'>;

const since = (ms: number, nowMs: number): string => `${time(ms)}, ${age(nowMs - ms)}`;

function lastAnswer({ state, answeredAtMs }: LiveCatalog, nowMs: number): string {
  if (state === 'up') {
    return 'now';
  }
  return answeredAtMs === 0 ? '–' : since(answeredAtMs, nowMs);
}

export class Services {
  readonly #stocks = html('dd');
  readonly #lastAnswer = html('dd');
  readonly #ready = html('dd');
  readonly #up = html('dd');
  readonly #catalog = makeCard('catalog', 'catalog', [
    ['Stocks', this.#stocks],
    ['Last answer', this.#lastAnswer],
  ]);
  readonly #frontend = makeCard('frontend', 'frontend', [
    ['Ready', this.#ready],
    ['Up since', this.#up],
  ]);
  #shown: Shown | undefined;

  constructor() {
    find('#services').append(this.#catalog.element, this.#frontend.element);
  }

  /** What is new; everything at first. */
  show(news: Partial<Shown>, nowMs: number): void {
    const shown = { ...this.#shown, ...news } as Shown;
    this.#shown = shown;
    const { state } = shown.catalog;
    this.#catalog.element.classList.toggle('down', state === 'down');
    setText(this.#catalog.role, state === 'unknown' ? 'asked …' : state);
    setText(this.#stocks, count(shown.stockCount));
    this.#frontend.element.classList.remove('down');
    setText(this.#frontend.role, 'up');
    setText(this.#ready, shown.unreadyReason === '' ? 'yes' : 'no');
    this.tick(nowMs);
  }

  /** What ages, ages while nothing else changes. */
  tick(nowMs: number): void {
    if (this.#shown) {
      setText(this.#lastAnswer, lastAnswer(this.#shown.catalog, nowMs));
      setText(this.#up, since(this.#shown.startedAtMs, nowMs));
    }
  }

  /** The frontend is not heard, and so neither is what it would know of the catalog. */
  lost(): void {
    this.#frontend.element.classList.add('down');
    setText(this.#frontend.role, 'no connection');
    setText(this.#ready, '–');
    this.#catalog.element.classList.remove('down');
    setText(this.#catalog.role, 'not known');
    setText(this.#lastAnswer, '–');
  }
}
