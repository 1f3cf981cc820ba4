import type { RouterContext } from '@koa/router';
import type { Registry } from 'prom-client';
import { code } from '../../shared/answer-codes.js';
import { coalesce } from '../../shared/coalesce.js';
import { ApiError } from '../api-error.js';
import type { LeaderFinder } from '../leader-finder.js';
import type { ReplicaState } from '../replica-port.js';
import { leaderState, unreadiness } from '../readiness.js';
import type { StockLookup } from '../stock-lookup.js';

function replicaBody(id: number, state: ReplicaState | undefined, leader: ReplicaState | undefined) {
  if (!state) {
    return { id, role: 'down', term: 0, last_transaction_num: 0, lag: 0, in_sync: false, ready: false };
  }
  return {
    id,
    role: state.role,
    term: state.term,
    last_transaction_num: state.lastNumber,
    lag: Math.max(0, (leader?.lastNumber ?? state.lastNumber) - state.lastNumber),
    in_sync: state === leader || (leader?.inSyncIds.includes(id) ?? false),
    ready: state.ready,
    checksum: state.checksum.toString(16).padStart(8, '0'),
    uptime_ms: state.uptimeMs,
  };
}

/** `GET /cluster`: who leads, how far every replica is, and how the cache does, as last heard (at most 100 ms ago). */
export function getCluster(finder: LeaderFinder, stocks: StockLookup, leaseIsLive: () => boolean) {
  return (ctx: RouterContext): void => {
    const leader = leaderState(finder);
    ctx.body = {
      data: {
        leader_id: finder.leader?.leaderId ?? 0,
        term: finder.leader?.term ?? finder.highestTerm,
        replicas: finder.replicas.map(({ id, state }) => replicaBody(id, state, leader)),
        cache: { ...stocks.counters, lease_live: leaseIsLive() },
      },
    };
  };
}

/** `GET /healthz`: the process runs. */
export function getHealth(ctx: RouterContext): void {
  ctx.body = { data: { status: 'ok' } };
}

/** `GET /readyz`: a trade would succeed, and this frontend is not about to stop. */
export function getReadiness(finder: LeaderFinder, stopping: AbortSignal) {
  return (ctx: RouterContext): void => {
    const reason = stopping.aborted ? 'this frontend is stopping' : unreadiness(finder);
    if (reason !== undefined) {
      throw new ApiError(code.unavailable, reason);
    }
    ctx.body = { data: { status: 'ready' } };
  };
}

/** `GET /metrics`, for Prometheus. Gathered once for all who ask meanwhile. */
export function getMetrics(registry: Registry) {
  const gather = coalesce(() => registry.metrics());
  return async (ctx: RouterContext): Promise<void> => {
    ctx.type = registry.contentType;
    ctx.body = await gather();
  };
}
