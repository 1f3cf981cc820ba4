import { TradeList } from '../../../src/shared/trade-list.js';
import { expect } from 'chai';
import { catchUp, type TradeSource } from '../../../src/order/catch-up.js';
import { OrderLog } from '../../../src/order/order-log.js';
import { tradeHistory } from '../../support/example-trades.js';
import { MemoryOrderFile } from '../../support/memory-order-file.js';
import { settle, watch } from '../../support/virtual-clock.js';

describe('catching up', () => {
  const trades = tradeHistory(5);
  let file: MemoryOrderFile;
  let log: OrderLog;
  let asked: number[];
  let source: TradeSource;

  beforeEach(() => {
    file = new MemoryOrderFile();
    log = new OrderLog(file, new TradeList(trades.slice(0, 1)), false);
    asked = [];
    source = {
      tradesAfter: (number) => {
        asked.push(number);
        // Small pages.
        return Promise.resolve(trades.slice(number, number + 2));
      },
    };
  });

  it('copies page by page until the source has no more', async () => {
    await catchUp(log, source);
    expect(asked).to.deep.equal([1, 3, 5]);
    expect(log.durableEnd.number).to.equal(5);
  });

  it('returns only when what the leader has sent meanwhile is durable, too', async () => {
    file.hold();
    void log.append(trades.slice(1));
    const caughtUp = watch(catchUp(log, source));
    await settle();
    expect(caughtUp.settled).to.equal(false);
    file.release();
    await settle();
    expect(caughtUp.settled).to.equal(true);
  });

  it('does not return as if it were level when somebody else’s write fails before the source has answered', async () => {
    file.hold();
    file.full = true;
    const lost = log.append(trades.slice(1)).catch(() => undefined);
    const { tradesAfter } = source;
    source.tradesAfter = async (number, limit) => {
      if (asked.length === 0) {
        file.release();
        await lost;
        file.full = false;
      }
      return tradesAfter(number, limit);
    };
    await catchUp(log, source);
    expect(asked).to.deep.equal([5, 1, 3, 5]);
    expect(log.durableEnd.number).to.equal(5);
  });

  it('fails when its own page does not get to the disk', async () => {
    file.full = true;
    const failed = await catchUp(log, source).catch((error: unknown) => error);
    expect(failed).to.be.an('error');
    expect(log.durableEnd.number).to.equal(1);
  });
});
