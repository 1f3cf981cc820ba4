import type { Trade, TransactionNumber } from '../shared/domain.js';
import { failpoint } from '../shared/failpoint.js';
import type { OrderLog } from './order-log.js';

/** Somebody who holds trades that this replica may lack: the leader, another replica, or the ledger itself. */
export interface TradeSource {
  /**
   * At most `limit` trades that follow a number.
   * @throws it cannot be reached
   */
  tradesAfter(number: TransactionNumber, limit: number): Promise<readonly Trade[]>;
}

const pageTrades = 10_000;

/**
 * Copies from a source what the log misses, page by page. Any source will do: every log is a prefix of the journal.
 * @returns when the source has no more, and all of it is durable here
 */
export async function catchUp(log: OrderLog, source: TradeSource): Promise<void> {
  for (;;) {
    const trades = await source.tradesAfter(log.end.number, pageTrades);
    if (trades.length === 0) {
      return;
    }
    failpoint('order.catchup.received');
    // The leader may have sent some of them meanwhile: those are compared.
    await log.append(trades);
  }
}
