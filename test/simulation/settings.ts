// The product's defaults (src/shared/config.ts and the three main.ts), and the stocks that are traded.
import type { Stock } from '../../src/catalog/ledger.js';

export const leaseMs = 300;
export const activityLeaseMs = 500;
export const callDeadlineMs = 1_000;
export const heartbeatDeadlineMs = 160;
export const notifyDeadlineMs = 2_000;
export const lookupBudgetMs = 1_500;
export const requestBudgetMs = 5_000;
const followerTimeoutMs = 100;

export const replicaTiming = {
  followerTimeoutMs,
  idleIntervalMs: followerTimeoutMs,
  retryIntervalMs: followerTimeoutMs,
  newsPatienceMs: 2 * followerTimeoutMs,
  ledgerWatchIntervalMs: 500,
};

export const sequencerLimits = { maxInFlight: 1_024, ledgerPatienceMs: 2_000, retryIntervalMs: 50 };

export const finderTiming = {
  heartbeatIntervalMs: 100,
  heartbeatMisses: 3,
  settleMs: 2_000,
  unreadyPatienceMs: 1_000,
};

const stock = (name: string, quantity: number): Stock => ({
  name,
  price: '9.99',
  quantity,
  volume: 0,
  version: 0,
});

/** Plenty of one, some of another, hardly any of the third: orders are refused, and restocking matters. */
export const initialStocks: readonly Stock[] = [
  stock('Plenty', 1_000_000),
  stock('Some', 40),
  stock('Few', 3),
];
