import { randomBytes, randomUUID } from 'node:crypto';
import { systemClock } from '../shared/clock.js';
import { replicaNumbers, type Config } from '../shared/config.js';
import { channelOpener } from '../shared/grpc-channel.js';
import type { Logger } from '../shared/logger.js';
import { serveMetrics } from '../shared/metrics-server.js';
import { invalidator } from '../shared/permissions.js';
import { runService } from '../shared/run-service.js';
import { readIdentity, type TlsIdentity } from '../shared/tls-identity.js';
import { openTracer } from '../shared/tracing.js';
import { createHotRoutes, createInternalApp, createPublicApp, type AppParts } from './app.js';
import { admit, type AdmissionParts } from './admission.js';
import { CacheLease } from './cache-lease.js';
import { Callers } from './callers.js';
import { ActiveCatalog } from './active-catalog.js';
import { CatalogClient } from './catalog-client.js';
import { oneAtATime } from './connection-limits.js';
import { withCors } from './cors.js';
import { answerHotRoutes } from './hot-routes.js';
import { serveHttp, type RunningHttpServer } from './http-server.js';
import { LeaderFinder } from './leader-finder.js';
import { EventStreams } from './live/event-streams.js';
import { LiveView } from './live/live-view.js';
import { Metrics } from './metrics.js';
import { OrderCache } from './order-cache.js';
import { OrderGateway } from './order-gateway.js';
import { OrderPages } from './order-pages.js';
import { refuseForeignPages, refusePages } from './page-guard.js';
import { RateLimits } from './rate-limits.js';
import { ReplicaClient } from './replica-client.js';
import { RequestIds } from './request-ids.js';
import type { StockList } from './routes/stock-routes.js';
import { StockCache } from './stock-cache.js';
import { StockLookup } from './stock-lookup.js';
import { untilAnswered } from './until-answered.js';

const callDeadlineMs = 1_000;
/** How many questions about orders may be under way: fewer than one replica takes. */
const maxQuestions = 2_048;
/** How many pages may be open at once. */
const maxPages = 100;
/** How long a request that came before the stop may take to be sent and answered, beyond its budget, ms. */
const drainGraceMs = 500;

interface Listening {
  readonly publicServer: RunningHttpServer;
  /** Undefined: the public one does its work too. */
  readonly internalServer?: RunningHttpServer;
}

/** Opens the public port and, if it is another one, the internal port. */
async function listen(
  config: Config,
  parts: AppParts & AdmissionParts,
  identity: TlsIdentity | undefined,
): Promise<Listening> {
  const { BIND_HOST: host, FRONTEND_PORT: port, FRONTEND_INTERNAL_PORT: internalPort } = config;
  const samePort = internalPort === port;
  const hot = createHotRoutes(parts);
  const routes = answerHotRoutes(hot, parts, oneAtATime(createPublicApp(parts, hot, samePort).callback()));
  const trusted = { origins: config.CORS_ORIGINS ?? [], hosts: config.ALLOWED_HOSTS ?? [] };
  const guarded = refuseForeignPages(parts, trusted, admit(parts, routes));
  const publicApp = withCors(trusted.origins, guarded);
  const maxConnections = config.MAX_CONNECTIONS;
  const publicServer = await serveHttp(publicApp, {
    host,
    port,
    setting: 'FRONTEND_PORT',
    parts,
    maxConnections,
  });
  if (samePort) {
    return { publicServer };
  }
  const internalRoutes = oneAtATime(createInternalApp(parts).callback());
  const internalApp = refusePages(parts, internalRoutes);
  const setting = 'FRONTEND_INTERNAL_PORT';
  return {
    publicServer,
    internalServer: await serveHttp(internalApp, {
      host,
      port: internalPort,
      setting,
      parts,
      ...(identity && { only: { caller: invalidator, identity } }),
    }),
  };
}

function stockList(catalog: ActiveCatalog, budgetMs: number): StockList {
  return { listStocks: () => untilAnswered(() => catalog.listStocks(), systemClock, budgetMs) };
}

async function drain(
  stop: AbortController,
  { publicServer, internalServer }: Listening,
  lease: CacheLease,
  patienceMs: number,
): Promise<void> {
  // At once: not ready any more, and each answer is the last one of its connection.
  stop.abort();
  // Before anything is waited for: clients that are told to connect anew while that is possible would be cut off later.
  const drained = publicServer.close(patienceMs);
  // Before the internal port, so that no trade waits for a frontend that takes no invalidations any more.
  await lease.stop();
  await Promise.all([drained, internalServer?.close(patienceMs)]);
}

/** The clients of the catalog and of the replicas. */
function openPeers(config: Config, identity: TlsIdentity | undefined) {
  const openChannel = channelOpener(identity);
  const catalogs = config.CATALOG_ADDRESSES.map((address) => {
    const channel = openChannel('catalog', address);
    return new CatalogClient(channel, config.FRONTEND_ADDRESS, callDeadlineMs);
  });
  const heartbeatMs = config.HEARTBEAT_TIMEOUT_MS;
  const lateHeartbeatMs = heartbeatMs * config.HEARTBEAT_MISSES;
  const deadlines = { heartbeatMs, lateHeartbeatMs, notifyMs: 2_000, queryMs: callDeadlineMs };
  return {
    catalog: new ActiveCatalog(catalogs),
    replicas: replicaNumbers.map((id) => {
      const channel = openChannel(`order-${id}`, config.orderAddresses[id]);
      return new ReplicaClient(id, channel, deadlines);
    }),
  };
}

function openFinder(config: Config, replicas: readonly ReplicaClient[], logger: Logger): LeaderFinder {
  return new LeaderFinder({
    replicas,
    clock: systemClock,
    timing: {
      heartbeatIntervalMs: config.HEARTBEAT_INTERVAL_MS,
      heartbeatMisses: config.HEARTBEAT_MISSES,
      settleMs: 2_000,
      unreadyPatienceMs: 1_000,
    },
    logger,
    onDown: (id) => replicas.find((replica) => replica.id === id)?.reset(`replica ${id} is down`),
  });
}

await runService(
  'frontend',
  () => 'frontend',
  async ({ config, logger, onStop }) => {
    const clock = systemClock;
    const instanceId = randomBytes(6).toString('hex');
    const metrics = new Metrics();
    const tracer = await openTracer('frontend', config, logger);
    onStop(() => tracer?.close());

    const identity = readIdentity(config, 'frontend');
    const { catalog, replicas } = openPeers(config, identity);
    onStop(() => [catalog, ...replicas].forEach((peer) => peer.close()));
    const lease = new CacheLease({
      port: catalog,
      clock,
      instanceId,
      renewIntervalMs: config.LEASE_MS / 3,
      onSessionEnd: () => stocks.clear(),
      logger,
    });
    const cache = new StockCache(config.CACHE_SIZE);
    const stocks = new StockLookup(catalog, cache, lease, clock, config.REQUEST_BUDGET_MS);

    const finder = openFinder(config, replicas, logger);
    const gateway = new OrderGateway(replicas, finder, clock, {
      budgetMs: config.REQUEST_BUDGET_MS,
      maxInFlight: config.MAX_ORDERS_IN_FLIGHT,
      maxQuestions,
    });
    metrics.watchCertificate(identity);
    metrics.watch(stocks, finder);
    metrics.watchOrders(gateway);
    const view = new LiveView({
      instanceId,
      startedAtMs: Date.now(),
      finder,
      stocks,
      catalog,
      gateway,
      metrics,
      timeOfDay: Date.now,
    });
    const events = new EventStreams({ view, clock, maxStreams: maxPages });
    metrics.watchPages(events);

    const stop = new AbortController();
    const parts = {
      stopping: stop.signal,
      requestIds: new RequestIds(instanceId),
      stocks,
      lease,
      catalog: stockList(catalog, config.REQUEST_BUDGET_MS),
      gateway,
      finder,
      metrics,
      logger,
      orders: new OrderCache(config.ORDER_CACHE_SIZE),
      pages: new OrderPages(gateway, clock, config.REQUEST_BUDGET_MS),
      callers: new Callers(config.API_KEYS),
      rateLimits: new RateLimits(config.RATE_LIMIT_PER_CALLER, config.RATE_LIMIT_TOTAL),
      mintKey: randomUUID,
      tracer,
      events,
    };
    onStop(await serveMetrics(metrics.registry, config, config.FRONTEND_INTERNAL_PORT));
    const listening = await listen(config, parts, identity);
    if (config.CACHE_SIZE > 0) {
      lease.start();
    }
    finder.start();
    onStop(() => finder.stop());
    onStop(() => drain(stop, listening, lease, config.REQUEST_BUDGET_MS + drainGraceMs));
    onStop(() => events.close());
    logger.info(`frontend ready on http://${config.BIND_HOST}:${config.FRONTEND_PORT}`);
  },
);
