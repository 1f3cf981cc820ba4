// What lookups show: a trade is not seen before every cache has dropped the state before it (rule C6 of
// docs/protocol.md).
import type { Clock } from '../shared/clock.js';
import { failpoint } from '../shared/failpoint.js';
import type { InvalidationPort } from './cache-invalidator.js';
import type { CacheSession, CacheSessions } from './cache-sessions.js';
import type { Stock } from './ledger.js';

export interface StockView {
  readonly stock: Stock;
  /** Whether the asking session may cache it. */
  readonly cacheable: boolean;
}

export interface VisibilityParts {
  readonly sessions: CacheSessions;
  readonly invalidator: InvalidationPort;
  readonly clock: Clock;
}

export class VisibleStocks {
  readonly #parts: VisibilityParts;
  readonly #visible: Map<string, Stock>;
  /** Stocks whose caches are being invalidated. */
  readonly #pending = new Set<string>();

  constructor(stocks: ReadonlyMap<string, Stock>, parts: VisibilityParts) {
    this.#visible = new Map(stocks);
    this.#parts = parts;
  }

  /** The stock as everybody may see it now; undefined if there is none of that name. */
  look(name: string, sessionId: string): StockView | undefined {
    const stock = this.#visible.get(name);
    if (!stock) {
      return undefined;
    }
    const { sessions, clock } = this.#parts;
    const cacheable =
      sessionId !== '' && !this.#pending.has(name) && sessions.hand(sessionId, name, clock.now());
    failpoint('catalog.lookup.handed');
    return { stock, cacheable };
  }

  /** All of them, by name. */
  list(): readonly Stock[] {
    return [...this.#visible.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Shows new states, after no cache can show the ones before. */
  async publish(touched: ReadonlyMap<string, Stock>): Promise<void> {
    const { sessions, clock } = this.#parts;
    for (const name of touched.keys()) {
      this.#pending.add(name);
    }
    failpoint('catalog.trade.pending');
    await Promise.all(sessions.live(clock.now()).map((session) => this.#invalidate(session, touched)));
    failpoint('catalog.trade.invalidated');
    for (const [name, stock] of touched) {
      this.#visible.set(name, stock);
      this.#pending.delete(name);
    }
  }

  /** Resolves when the session's frontend has dropped the stocks it was handed, or its lease has ended. */
  async #invalidate(session: CacheSession, touched: ReadonlyMap<string, Stock>): Promise<void> {
    const { sessions, invalidator, clock } = this.#parts;
    const stocks = [...touched.values()].filter((stock) =>
      sessions.take(session.id, stock.name, clock.now()),
    );
    if (stocks.length === 0) {
      return;
    }
    failpoint('catalog.invalidation.sending');
    const over = new AbortController();
    const acknowledged = Promise.all(
      stocks.map((stock) =>
        invalidator.invalidate(session.address, session.id, stock.name, stock.version, over.signal),
      ),
    ).then(
      () => {
        failpoint('catalog.invalidation.acknowledged');
        sessions.answered(session.id);
      },
      () => this.#leaseEnd(session, over.signal),
    );
    await Promise.race([acknowledged, this.#leaseEnd(session, over.signal)]);
    over.abort();
  }

  /** Waits for the end of the lease, which may still be renewed once while we wait. */
  async #leaseEnd(session: CacheSession, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted && session.leaseEndsMs > clock.now()) {
      await clock.sleep(session.leaseEndsMs - clock.now(), signal);
    }
  }
}
