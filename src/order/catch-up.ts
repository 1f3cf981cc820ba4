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

/** Few enough that neither side is busy with a page for as long as a heartbeat may take. */
const pageTrades = 2_000;

/**
 * Copies from a source what the log misses, page by page. Any source will do: every log is a prefix of the journal.
 * @returns when the source has no more, and all of the log is durable
 */
export async function catchUp(log: OrderLog, source: TradeSource): Promise<void> {
  let stored = Promise.resolve();
  for (;;) {
    // The next page is on its way while the one before is on its way to the disk.
    const { number } = log.end;
    const trades = await source.tradesAfter(number, pageTrades);
    await stored;
    if (trades.length === 0) {
      // What the source did not have to send may be on its way to the disk, from the leader.
      await log.settle();
      if (log.durableEnd.number >= number) {
        return;
      }
      // It did not get there: the disk was full. So it is missing again.
      continue;
    }
    failpoint('order.catchup.received');
    // The leader may have sent some of them meanwhile: those are compared.
    stored = log.append(trades);
    // Whoever waits for it hears of a failure; that may be later than it fails.
    stored.catch(() => undefined);
  }
}
