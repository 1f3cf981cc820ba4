import { ActivePeer } from '../shared/active-peer.js';
import type { BatchOutcome, JournalPage, LedgerPort, TermOutcome } from './ledger-port.js';

/** The ledger at one of the catalogs. */
export interface CatalogPort extends LedgerPort {
  close(): void;
}

/** The ledger at whichever of the catalogs is the active one; the others do not answer. */
export class ActiveCatalog implements CatalogPort {
  readonly #catalogs: ActivePeer<CatalogPort>;

  constructor(catalogs: readonly CatalogPort[]) {
    this.#catalogs = new ActivePeer(catalogs);
  }

  trade(...batch: Parameters<LedgerPort['trade']>): Promise<BatchOutcome> {
    return this.#catalogs.ask((catalog) => catalog.trade(...batch));
  }

  beginTerm(...claim: Parameters<LedgerPort['beginTerm']>): Promise<TermOutcome> {
    return this.#catalogs.ask((catalog) => catalog.beginTerm(...claim));
  }

  readJournal(...range: Parameters<LedgerPort['readJournal']>): Promise<JournalPage> {
    return this.#catalogs.ask((catalog) => catalog.readJournal(...range));
  }

  close(): void {
    this.#catalogs.peers.forEach((catalog) => catalog.close());
  }
}
