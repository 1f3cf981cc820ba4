// A catalog that decides nothing: what is left of a trade is the hop from the leader to it and back. In a process of its
// own; tells its parent the port.
import { CatalogService } from '#services';
import type { Catalog } from '../../src/catalog/catalog.js';
import { catalogService } from '../../src/catalog/catalog-service.js';
import { serveGrpc } from '../../src/shared/grpc-server.js';
import { createLogger } from '../../src/shared/logger.js';

const outcome = {
  code: 200,
  message: '',
  term: 1,
  leaderId: 3,
  lastNumber: 1,
  decisions: [{ code: 200, number: 1, term: 1 }],
};
const catalog = { trade: () => Promise.resolve(outcome) } as unknown as Catalog;
const service = catalogService(catalog, {
  leaseMs: 300,
  catalogId: 'hop',
  frontendAddresses: [],
  mintOrderId: () => '',
});
const logger = await createLogger('hop', { LOG_LEVEL: 'warn', LOG_FORMAT: 'json' });
const { port } = await serveGrpc(
  CatalogService,
  service,
  { host: '127.0.0.1', port: 0, setting: '' },
  { logger },
);
process.send?.({ port });
// The parent is gone, however it ended: nobody needs this server any more.
process.on('disconnect', () => process.exit());
