import type { LiveTrade } from '../frontend/live/messages.js';
import { find, html, setText } from './dom.js';
import { count } from './text.js';

const maxRows = 60;

function tradeRow({ number, name, type, quantity }: LiveTrade, isFresh: boolean): HTMLLIElement {
  return html(
    'li',
    { class: isFresh ? 'fresh' : undefined, 'data-number': String(number) },
    html('span', { class: 'number' }, `#${number}`),
    html('span', { class: type }, type),
    html('span', { class: 'name' }, name),
    html('span', { class: 'number' }, count(quantity)),
  );
}

/** The newest trades, the newest above. */
export class Tape {
  readonly #list = find('#tape');
  readonly #empty = find('#empty');
  #newest = 0;

  constructor() {
    const body = '{"name":"GameStart","quantity":1,"type":"buy"}';
    setText(find('#curl'), `curl ${location.origin}/orders -d '${body}'`);
  }

  reset(trades: readonly LiveTrade[]): void {
    this.#newest = 0;
    this.#list.replaceChildren();
    this.#add(trades, false);
  }

  /** @param trades new ones, newest first */
  add(trades: readonly LiveTrade[]): void {
    this.#add(trades, true);
  }

  #add(trades: readonly LiveTrade[], areFresh: boolean): void {
    const oldest = trades.at(-1)?.number ?? 0;
    const skipped = this.#newest > 0 ? oldest - this.#newest - 1 : 0;
    if (skipped > 0) {
      this.#list.prepend(html('li', { class: 'skipped' }, `… ${count(skipped)} more …`));
    }
    this.#list.prepend(...trades.map((trade) => tradeRow(trade, areFresh)));
    this.#newest = trades[0]?.number ?? this.#newest;
    [...this.#list.children].slice(maxRows).forEach((row) => row.remove());
    this.#empty.hidden = this.#newest > 0;
    this.#list.hidden = this.#newest === 0;
  }
}
