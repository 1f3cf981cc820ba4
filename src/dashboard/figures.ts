// The key figures: what a visitor asks first.
import type { LiveCache, LiveCluster, Sample } from '../frontend/live/messages.js';
import { find, html, setText } from './dom.js';
import { requestsPerSecond } from './routes.js';
import { count, measured, percent } from './text.js';

const names = ['Leader', 'Term', 'Trades', 'Requests/s', 'Cache hit rate', 'Stocks in the cache'] as const;
type Name = (typeof names)[number];

/** The hit rate is taken over so many samples: within one second there may be hardly any lookup. */
const hitRateSamples = 10;

export class Figures {
  readonly #values = new Map<Name, HTMLElement>();

  constructor() {
    const list = find('#figures');
    for (const name of names) {
      const value = html('dd', {}, '–');
      this.#values.set(name, value);
      list.append(html('div', {}, html('dt', {}, name), value));
    }
  }

  showCluster({ leaderId, term, replicas }: LiveCluster): void {
    this.#set('Leader', leaderId === 0 ? 'none' : `order-${leaderId}`);
    this.#set('Term', count(term));
    this.#set('Trades', count(Math.max(0, ...replicas.map(({ lastNumber }) => lastNumber))));
  }

  showCache({ size, capacity }: LiveCache): void {
    this.#set('Stocks in the cache', capacity === 0 ? 'off' : `${count(size)} of ${count(capacity)}`);
  }

  showSamples(samples: readonly Sample[]): void {
    const rates = samples.slice(-hitRateSamples).flatMap(({ hitRate }) => hitRate ?? []);
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    this.#set('Cache hit rate', rates.length === 0 ? '–' : percent(mean));
    const last = samples.at(-1);
    this.#set('Requests/s', last ? measured(requestsPerSecond(last)) : '–');
  }

  #set(name: Name, text: string): void {
    setText(this.#values.get(name) as HTMLElement, text);
  }
}
