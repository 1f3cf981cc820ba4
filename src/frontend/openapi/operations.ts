// What the public REST interface offers, operation by operation, with examples. Each example is a whole request and
// its answer; a test sends them all. document.ts makes the document of it.
import type { Operation } from './operation.js';
import { getOrder, listOrders, postOrder } from './order-operations.js';
import { documentOperations, pageOperations } from './page-operations.js';
import { statusOperations } from './status-operations.js';
import { getStock, invalidateStock, listStocks } from './stock-operations.js';

export const operations: readonly Operation[] = [
  listStocks,
  getStock,
  postOrder,
  listOrders,
  getOrder,
  invalidateStock,
  ...statusOperations,
  ...documentOperations,
  ...pageOperations,
];
