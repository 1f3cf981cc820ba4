import type { LiveStock } from '../frontend/live/messages.js';
import { find, html, setText } from './dom.js';
import { count } from './text.js';

/** The table of stocks. */
export class Stocks {
  readonly #body = find('#stocks');
  readonly #more = find('#more-stocks');
  readonly #rows = new Map<string, HTMLTableRowElement>();

  /** All of them anew. */
  reset(stocks: readonly LiveStock[]): void {
    this.#rows.clear();
    this.#body.replaceChildren();
    stocks.forEach((stock) => this.#fill(stock));
  }

  /** Those that have changed. */
  update(stocks: readonly LiveStock[]): void {
    for (const stock of stocks) {
      const row = this.#fill(stock);
      row.classList.remove('fresh');
      // The animation begins again only after the browser has seen the row without it.
      requestAnimationFrame(() => row.classList.add('fresh'));
    }
  }

  showCount(all: number): void {
    const hidden = all - this.#rows.size;
    this.#more.hidden = hidden <= 0;
    setText(this.#more, `and ${count(hidden)} more; GET /stocks has all of them`);
  }

  #fill({ name, price, quantity, volume, cached }: LiveStock): HTMLTableRowElement {
    const row = this.#row(name);
    const [, priceCell, quantityCell, volumeCell, cacheCell] = [...row.cells] as HTMLTableCellElement[];
    setText(priceCell as Element, price);
    setText(quantityCell as Element, count(quantity));
    setText(volumeCell as Element, count(volume));
    setText(cacheCell as Element, cached ? 'cached' : '–');
    cacheCell?.classList.toggle('cached', cached);
    return row;
  }

  #row(name: string): HTMLTableRowElement {
    const known = this.#rows.get(name);
    if (known) {
      return known;
    }
    const numbers = [1, 2, 3].map(() => html('td', { class: 'number' }));
    const row = html('tr', {}, html('td', {}, name), ...numbers, html('td'));
    this.#rows.set(name, row);
    this.#body.append(row);
    return row;
  }
}
