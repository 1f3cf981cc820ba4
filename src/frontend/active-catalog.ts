import { ActivePeer } from '../shared/active-peer.js';
import type { LeaseAnswer, LeasePort } from './cache-lease.js';
import type { LookupAnswer, LookupPort } from './stock-lookup.js';
import type { ListedStock } from './stock.js';

/** One of the catalogs. */
export interface CatalogPort extends LookupPort, LeasePort {
  listStocks(): Promise<ListedStock[]>;
  close(): void;
}

/** Whichever of the catalogs is the active one; the others do not answer. */
export class ActiveCatalog implements CatalogPort {
  readonly #catalogs: ActivePeer<CatalogPort>;

  constructor(catalogs: readonly CatalogPort[]) {
    this.#catalogs = new ActivePeer(catalogs);
  }

  lookup(name: string, sessionId: string): Promise<LookupAnswer> {
    return this.#catalogs.ask((catalog) => catalog.lookup(name, sessionId));
  }

  listStocks(): Promise<ListedStock[]> {
    return this.#catalogs.ask((catalog) => catalog.listStocks());
  }

  renewLease(sessionId: string, begin: boolean): Promise<LeaseAnswer> {
    return this.#catalogs.ask((catalog) => catalog.renewLease(sessionId, begin));
  }

  releaseLease(sessionId: string): Promise<void> {
    return this.#catalogs.ask((catalog) => catalog.releaseLease(sessionId));
  }

  close(): void {
    this.#catalogs.peers.forEach((catalog) => catalog.close());
  }
}
