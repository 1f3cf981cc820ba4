// The files that a system's state is made of, and the names under which a backup holds them.
import { replicaNumbers } from '../shared/config.js';

export const initialCatalogFile = 'catalog/initial_catalog.csv';
export const stocksFile = 'catalog/catalog.csv';
export const journalFile = 'catalog/journal.csv';
export const orderLogFiles = replicaNumbers.map((id) => `order-${id}/orders.csv`);

/** Where processes write, and nobody else may while they do. */
export const volumeNames = ['catalog', ...replicaNumbers.map((id) => `order-${id}`)];
