import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TradeList } from '../../../src/shared/trade-list.js';
import { expect } from 'chai';
import { LogConflictError, LogGapError, OrderLog } from '../../../src/order/order-log.js';
import { DiskFullError } from '../../../src/shared/append-file.js';
import { chainChecksum, DamagedFileError, sealLine } from '../../../src/shared/sealed-csv.js';
import type { Trade } from '../../../src/shared/domain.js';
import { chainTrade } from '../../../src/shared/trade-line.js';
import { tradeHistory } from '../../support/example-trades.js';
import { MemoryOrderFile } from '../../support/memory-order-file.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { settle, watch } from '../../support/virtual-clock.js';

const header = 'TransactionNumber,Name,Type,VolumeTraded,OrderId,Term,Checksum';
const trades = tradeHistory(6);

const unexpected = (error: Error): never => {
  throw error;
};

const failure = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('order log', () => {
  describe('in memory', () => {
    let file: MemoryOrderFile;
    let log: OrderLog;
    beforeEach(() => {
      file = new MemoryOrderFile();
      log = new OrderLog(file, new TradeList([]), true);
    });

    it('holds what was appended, by number, by page and newest first', async () => {
      await log.append(trades.slice(0, 2));
      await log.append(trades.slice(2));
      expect(log.get(3)).to.deep.equal(trades[2]);
      expect([log.get(0), log.get(7)]).to.deep.equal([undefined, undefined]);
      expect(log.after(1, 2)).to.deep.equal(trades.slice(1, 3));
      expect(log.after(6, 2)).to.deep.equal([]);
      expect(log.newest(2)).to.deep.equal([trades[5], trades[4]]);
      expect(log.newest(2, 5)).to.deep.equal([trades[3], trades[2]]);
      expect(log.newest(9, 3)).to.deep.equal([trades[1], trades[0]]);
      expect([log.newest(9, 1), log.newest(1, 99)]).to.deep.equal([[], [trades[5]]]);
      expect(log.end).to.include({ number: 6, checksum: trades[5]?.checksum });
    });

    it('tells the end in memory from the end on the disk', async () => {
      await log.append(trades.slice(0, 1));
      file.hold();
      const appended = watch(log.append(trades.slice(1)));
      await settle();
      expect([log.end.number, log.durableEnd.number, appended.settled]).to.deep.equal([6, 1, false]);
      file.release();
      await settle();
      expect([log.end.number, log.durableEnd.number, appended.settled]).to.deep.equal([6, 6, true]);
    });

    it('compares what it has already, and waits until that is on the disk, too', async () => {
      file.hold();
      void log.append(trades.slice(0, 3));
      const repeated = watch(log.append(trades.slice(1, 3)));
      const overlapping = watch(log.append(trades.slice(1, 5)));
      await settle();
      expect([repeated.settled, overlapping.settled]).to.deep.equal([false, false]);
      file.release();
      await settle();
      expect([repeated.settled, overlapping.settled]).to.deep.equal([true, true]);
      expect(file.rows).to.have.lengthOf(5);
    });

    it('stops at a trade that differs from its own of that number', async () => {
      await log.append(trades.slice(0, 3));
      const other = tradeHistory(3, 2);
      // One of another history, and one that continues ours as well as its own does.
      const [first, second] = trades as [Trade, Trade];
      const instead = chainTrade({ ...second, quantity: second.quantity + 1 }, first.checksum);
      for (const different of [other.slice(1, 2), [instead]]) {
        expect(await failure(log.append(different)))
          .to.be.instanceOf(LogConflictError)
          .and.to.match(/trade 2/);
      }
    });

    it('stops at a trade that continues another history', async () => {
      await log.append(trades.slice(0, 3));
      const other = tradeHistory(4, 2);
      expect(await failure(log.append(other.slice(3))))
        .to.be.instanceOf(LogConflictError)
        .and.to.match(/trade 4/);
      const changed = { ...(trades[3] as (typeof trades)[0]), quantity: 99 };
      expect(await failure(log.append([changed]))).to.be.instanceOf(LogConflictError);
      expect(log.end.number).to.equal(3);
    });

    it('does not take a trade beyond a gap', async () => {
      await log.append(trades.slice(0, 2));
      expect(await failure(log.append(trades.slice(3))))
        .to.be.instanceOf(LogGapError)
        .and.to.match(/trade 4 does not follow 2/);
      expect(log.end.number).to.equal(2);
    });

    it('takes all trades of a batch or none of them', async () => {
      const [first, second, third] = trades as [(typeof trades)[0], (typeof trades)[0], (typeof trades)[0]];
      for (const wrong of [
        [first, third],
        [first, { ...second, quantity: 99 }],
      ]) {
        expect(await failure(log.append(wrong))).to.be.instanceOf(Error);
        expect([log.end.number, file.text]).to.deep.equal([0, '']);
      }
      await log.append([first, second]);
      expect(file.rows).to.have.lengthOf(2);
    });

    it('ends where it ended before when the disk is full, and goes on when there is room', async () => {
      await log.append(trades.slice(0, 2));
      file.full = true;
      const outcomes = await Promise.allSettled([
        log.append(trades.slice(2, 3)),
        log.append(trades.slice(3, 5)),
      ]);
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
      expect([log.end.number, log.durableEnd.number, log.writable]).to.deep.equal([2, 2, false]);
      file.full = false;
      await log.append(trades.slice(2));
      expect([log.end.number, log.durableEnd.number, log.writable]).to.deep.equal([6, 6, true]);
      expect(file.rows.map((row) => row.split(',')[0])).to.deep.equal(['1', '2', '3', '4', '5', '6']);
    });

    it('writes its header once, with the first trades that the disk takes', async () => {
      file.full = true;
      const error: unknown = await log.append(trades.slice(0, 1)).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(DiskFullError);
      file.full = false;
      await log.append(trades.slice(0, 1));
      await log.append(trades.slice(1));
      expect(file.text.split('\n')[0]).to.equal(header);
      expect(file.text.match(/Checksum/g)).to.have.lengthOf(1);
    });
  });

  describe('on the disk', () => {
    const directory = useTemporaryDirectory();
    const path = () => join(directory(), 'orders.csv');
    const text = () => readFile(path(), 'utf8');
    const open = () => OrderLog.open(directory(), unexpected);

    async function write(count: number): Promise<string> {
      const { log } = await open();
      await log.append(trades.slice(0, count));
      await log.close();
      return text();
    }

    it('has a line for each trade, the same as in the journal', async () => {
      const [first] = trades;
      expect(await write(1)).to.equal(
        `${header}\n1,GameStart,sell,1,order-1,1,${first?.checksum.toString(16).padStart(8, '0')}\n`,
      );
    });

    it('comes back as it was', async () => {
      await write(6);
      const { log, droppedBytes } = await open();
      expect(droppedBytes).to.equal(0);
      expect(log.after(0, 10)).to.deep.equal(trades);
      expect(log.durableEnd).to.deep.equal({ number: 6, checksum: trades[5]?.checksum });
      await log.close();
    });

    it('loses the last line, and no other, when a crash cuts it at whichever byte, and goes on from there', async () => {
      const whole = await write(6);
      const lastLineAt = whole.lastIndexOf('\n', whole.length - 2) + 1;
      for (let cut = lastLineAt; cut < whole.length; cut += 1) {
        await writeFile(path(), whole.slice(0, cut));
        const { log, droppedBytes } = await open();
        expect([droppedBytes, log.end.number], `cut at ${cut}`).to.deep.equal([cut - lastLineAt, 5]);
        await log.append(trades.slice(5));
        await log.close();
        expect(await text(), `cut at ${cut}`).to.equal(whole);
      }
    });

    it('stops at a line that was changed, removed, swapped or put in, and names it', async () => {
      const lines = (await write(6)).split('\n');
      const [second, third] = lines.slice(2, 4) as [string, string];
      const damaged: [string, string[], number][] = [
        ['wrong number', lines.with(2, second.replace(/^2/, '3')), 3],
        ['other quantity', lines.with(2, second.replace('sell,2', 'sell,20')), 3],
        ['missing', lines.toSpliced(2, 1), 3],
        ['swapped', lines.toSpliced(2, 2, third, second), 3],
        ['repeated', lines.toSpliced(3, 0, second), 4],
        ['header missing', lines.toSpliced(0, 1), 1],
      ];
      for (const [what, changed, line] of damaged) {
        await writeFile(path(), changed.join('\n'));
        const error: unknown = await open().catch((reason: unknown) => reason);
        expect(error, what).to.be.instanceOf(DamagedFileError);
        expect((error as Error).message, what).to.match(new RegExp(`orders\\.csv:${line}: `));
        expect(await text(), what).to.equal(changed.join('\n'));
      }
    });

    it('stops at an intact line that is not the next trade', async () => {
      const rows = [
        '1,GameStart,buy,1,a,1',
        '3,GameStart,buy,1,b,1',
        '0,,term,3,,2',
        '2,GameStart,swap,1,b,1',
      ];
      const [first] = rows as [string];
      for (const row of rows.slice(1)) {
        const checksum = chainChecksum(first, 0);
        const lines = [`${header}\n`, sealLine(first, checksum), sealLine(row, chainChecksum(row, checksum))];
        await writeFile(path(), lines.join(''));
        const error: unknown = await open().catch((reason: unknown) => reason);
        expect(error, row).to.be.instanceOf(DamagedFileError);
        expect((error as Error).message, row).to.match(/orders\.csv:3: this line is not trade 2/);
      }
    });

    it('verifies the chain with the same checksums as the trades that arrive', async () => {
      await write(3);
      const { log } = await open();
      const next = chainTrade({ ...(trades[3] as (typeof trades)[0]) }, log.end.checksum);
      expect(next).to.deep.equal(trades[3]);
      await log.append([next]);
      await log.close();
    });
  });
});
