// The catalog over gRPC: wire messages in and out, nothing else.
import type { ServiceImplementation } from 'nice-grpc';
import type { CatalogService } from '#services';
import type { LookupRequest, LookupResponse, TradeBatch, TradeBatchResult, TradeResponse } from '#services';
import { code, message } from '../shared/answer-codes.js';
import { listFraming, serveBatches, singleFraming } from '../shared/batch-stream.js';
import { replicaNumbers } from '../shared/config.js';
import { maxBatchOrders, orderIdPattern } from '../shared/domain.js';
import type { Order } from '../shared/domain.js';
import type { Logger } from '../shared/logger.js';
import type { OrderSpan, OrderTraces } from '../shared/order-traces.js';
import { toOrderDetails } from '../shared/wire.js';
import type { Catalog } from './catalog.js';
import type { Decision, Stock } from './ledger.js';
import type { StockView } from './visible-stocks.js';

const maxPage = 10_000;

export interface CatalogServiceSettings {
  /** How long a cache lease lasts, ms. */
  readonly leaseMs: number;
  /** Unique for this process. */
  readonly catalogId: string;
  /** Addresses of the frontends that may hold a lease. */
  readonly frontendAddresses: readonly string[];
  /** Makes an order id for a trade that came without one. */
  readonly mintOrderId: () => string;
  /** Told of each batch of a leader: its orders, and how long it took to decide it. */
  readonly onBatch?: (orders: number, tookMs: number) => void;
  /** Told of each claim to lead, with the code of the answer. */
  readonly onClaim?: (answer: number) => void;
  readonly logger?: Pick<Logger, 'info' | 'debug' | 'isLevelEnabled'>;
  readonly traces?: OrderTraces | undefined;
}

const emptyLookup = {
  name: '',
  price: 0,
  priceText: '',
  quantity: 0,
  volume: 0,
  version: 0,
  cacheable: false,
};

function stockMessage(stock: Stock, requestId: number, cacheable: boolean): LookupResponse {
  const { name, price: priceText, quantity, volume, version } = stock;
  const known = { name, price: Number(priceText), priceText, quantity, volume, version };
  return { ...known, cacheable, requestId, code: code.ok, message: '' };
}

function lookupMessage(view: StockView | undefined, requestId: number): LookupResponse {
  return view
    ? stockMessage(view.stock, requestId, view.cacheable)
    : { ...emptyLookup, code: code.notFound, message: message.stockNotFound, requestId };
}

function decisionMessage(decision: Decision): TradeResponse {
  return decision.code === code.ok
    ? { code: code.ok, transactionNum: decision.number, message: '', term: decision.term }
    : { code: decision.code, transactionNum: 0, message: decision.message, term: 0 };
}

function batchOrders(batch: TradeBatch): Order[] {
  return batch.trades.map(({ name, numberOfItems, type, orderId }) => ({
    name,
    type,
    orderId,
    quantity: numberOfItems,
  }));
}

function lookupStock(catalog: Catalog, request: LookupRequest): LookupResponse | Promise<LookupResponse> {
  const view = catalog.lookup(request.stockName, request.sessionId);
  return view instanceof Promise
    ? view.then((late) => lookupMessage(late, request.requestId))
    : lookupMessage(view, request.requestId);
}

async function decideBatch(catalog: Catalog, batch: TradeBatch): Promise<TradeBatchResult> {
  const orders = batchOrders(batch);
  const { requestId } = batch;
  if (orders.length > maxBatchOrders || orders.some((order) => !orderIdPattern.test(order.orderId))) {
    const text = `a batch holds at most ${maxBatchOrders} trades, each with a valid order id`;
    return {
      requestId,
      code: code.badRequest,
      term: 0,
      leaderId: 0,
      lastTransactionNum: 0,
      results: [],
      message: text,
    };
  }
  const { term, leaderId, firstTransactionNum: firstNumber } = batch;
  const outcome = await catalog.trade({ term, leaderId, firstNumber, orders });
  return {
    requestId,
    code: outcome.code,
    term: outcome.term,
    leaderId: outcome.leaderId,
    lastTransactionNum: outcome.lastNumber,
    results: outcome.decisions.map(decisionMessage),
    message: outcome.message,
  };
}

function beginTrades(traces: OrderTraces, batch: TradeBatch): (OrderSpan | undefined)[] {
  const { term, leaderId, trades } = batch;
  const shared = { 'order.term': term, 'replica.id': leaderId, 'batch.orders': trades.length };
  return trades.map(({ name, orderId, traceparent }) =>
    traces.begin('CatalogService/Trade', orderId, traceparent, { ...shared, 'stock.name': name }),
  );
}

function logTrades(logger: Pick<Logger, 'debug'>, batch: TradeBatch, result: TradeBatchResult): void {
  const { term, leaderId: replica } = batch;
  batch.trades.forEach(({ orderId, traceId: requestId }, index) => {
    const { code: answer, transactionNum: number } = result.results[index] ?? {
      code: result.code,
      transactionNum: 0,
    };
    logger.debug({ requestId, orderId, term, replica, code: answer, number }, 'trade');
  });
}

export function catalogService(
  catalog: Catalog,
  settings: CatalogServiceSettings,
): ServiceImplementation<typeof CatalogService> {
  const lookup = (request: LookupRequest) => lookupStock(catalog, request);
  const { leaseMs, catalogId, onBatch, onClaim, logger, traces } = settings;
  const tradeBatch = async (batch: TradeBatch): Promise<TradeBatchResult> => {
    const startMs = performance.now();
    const spans = traces && beginTrades(traces, batch);
    const result = await decideBatch(catalog, batch);
    spans?.forEach((span, index) => span?.end(result.results[index]?.code ?? result.code));
    onBatch?.(batch.trades.length, performance.now() - startMs);
    if (logger?.isLevelEnabled('debug')) {
      logTrades(logger, batch, result);
    }
    return result;
  };

  return {
    lookup: async (request) => lookup(request),

    lookupStream: (frames) =>
      serveBatches(frames, listFraming<LookupRequest>(512), listFraming<LookupResponse>(512), lookup),

    async listStocks() {
      const stocks = await catalog.listStocks();
      return { stocks: stocks.map((stock) => stockMessage(stock, 0, false)) };
    },

    async trade(request) {
      const trades = [{ ...request, orderId: request.orderId || settings.mintOrderId() }];
      const bare = { requestId: 0, term: 0, leaderId: 0, firstTransactionNum: 0, trades };
      const result = await tradeBatch(bare);
      return result.results[0] ?? { code: result.code, message: result.message };
    },

    tradeStream: (frames) =>
      serveBatches(frames, singleFraming<TradeBatch>(), singleFraming<TradeBatchResult>(), tradeBatch),

    async beginTerm({ replicaId, observedTerm, lastTransactionNum, lastChecksum }) {
      // Before the journal has a leader in it that no reader of the journal would believe.
      if (!replicaNumbers.some((id) => id === replicaId)) {
        const { lastNumber, ...state } = catalog.state;
        const text = `there is no replica ${replicaId}`;
        return { ...state, lastTransactionNum: lastNumber, code: code.badRequest, message: text };
      }
      const logEnd = { number: lastTransactionNum, checksum: lastChecksum };
      const outcome = await catalog.beginTerm(replicaId, observedTerm, logEnd);
      onClaim?.(outcome.code);
      const what =
        outcome.code === code.ok ? `begins term ${outcome.term}` : `may not lead: ${outcome.message}`;
      logger?.info({ replica: replicaId, term: outcome.term }, `order replica ${replicaId} ${what}`);
      return { ...outcome, lastTransactionNum: outcome.lastNumber };
    },

    async readJournal({ transactionNum, limit }) {
      const page = await catalog.readJournal(Math.max(0, transactionNum), Math.min(limit, maxPage));
      const { lastNumber: lastTransactionNum, term, leaderId, diskFull } = page;
      return { orders: page.trades.map(toOrderDetails), lastTransactionNum, term, leaderId, diskFull };
    },

    async renewLease({ frontendAddress, sessionId, begin }) {
      if (!settings.frontendAddresses.includes(frontendAddress)) {
        return { code: code.forbidden, leaseMs: 0, catalogId };
      }
      const outcome = begin
        ? catalog.beginSession(sessionId, frontendAddress)
        : catalog.renewSession(sessionId);
      const codes = { granted: code.ok, ended: code.gone, withheld: code.conflict } as const;
      return { code: codes[outcome], leaseMs, catalogId };
    },

    async releaseLease({ sessionId }) {
      catalog.releaseSession(sessionId);
      return {};
    },
  };
}
