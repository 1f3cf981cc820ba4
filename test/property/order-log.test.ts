// The order log: whatever a crash or a single damage leaves of it, it is read as an exact prefix of what was written,
// or refused. What is certain to be noticed and what only all but certain: see journal.test.ts.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { OrderLog } from '../../src/order/order-log.js';
import { emptyLogEnd } from '../../src/shared/domain.js';
import type { Trade } from '../../src/shared/domain.js';
import { DamagedFileError } from '../../src/shared/sealed-csv.js';
import { chainTrade } from '../../src/shared/trade-line.js';
import { tradeBatches } from '../support/arbitraries.js';
import { linesOf, rearranged, singleByteDamages, wholeRows } from '../support/file-damage.js';
import { useMemoryDirectory } from '../support/memory-directory.js';
import { propertyTimeoutMs, tries } from '../support/property-runs.js';

const unexpected = (error: Error): never => {
  throw error;
};

const tradesOf = (log: OrderLog): Trade[] => log.after(0, 1_000);

describe('property: order log', function () {
  this.timeout(propertyTimeoutMs);
  const directory = useMemoryDirectory();
  const path = () => join(directory(), 'orders.csv');

  async function write(batches: readonly Trade[][]): Promise<Buffer> {
    rmSync(path(), { force: true });
    const { log } = await OrderLog.open(directory(), unexpected);
    for (const batch of batches) {
      await log.append(batch);
    }
    await log.close();
    return readFileSync(path());
  }

  /** The log that a replica has when it starts with this file; undefined: it refuses to, and leaves the file alone. */
  async function open(file: Uint8Array): Promise<{ log: OrderLog; droppedBytes: number } | undefined> {
    writeFileSync(path(), file);
    try {
      return await OrderLog.open(directory(), unexpected);
    } catch (error) {
      expect(error).to.be.instanceOf(DamagedFileError);
      expect(readFileSync(path()).equals(file)).to.equal(true);
      return undefined;
    }
  }

  async function read(file: Uint8Array): Promise<Trade[] | undefined> {
    const opened = await open(file);
    await opened?.log.close();
    return opened && tradesOf(opened.log);
  }

  it('has exactly the whole lines after a cut at any byte, and goes on from there', () =>
    fc.assert(
      fc.asyncProperty(tradeBatches, async (batches) => {
        const file = await write(batches);
        const trades = batches.flat();
        for (let cut = 0; cut <= file.length; cut += 1) {
          const { rows, bytes } = wholeRows(file, cut);
          const { log, droppedBytes } = (await open(file.subarray(0, cut))) ?? {};
          expect(log && tradesOf(log), `cut at ${cut}`).to.deep.equal(trades.slice(0, rows));
          expect(droppedBytes, `cut at ${cut}`).to.equal(cut - bytes);
          expect(readFileSync(path()).length, `cut at ${cut}`).to.equal(bytes);
          // What a leader sends again: all that it does not know to be there, and one trade more.
          const end = trades.at(-1) ?? emptyLogEnd;
          const next = {
            number: end.number + 1,
            name: 'A',
            type: 'sell',
            quantity: 1,
            orderId: 'next',
            term: 9,
          } as const;
          await log?.append([...trades.slice(rows), chainTrade(next, end.checksum)]);
          await log?.close();
          const [header = '', ...lines] = linesOf(readFileSync(path()));
          expect(header + lines.slice(0, -1).join(''), `cut at ${cut}`).to.equal(file.toString() || header);
          expect(await read(readFileSync(path())), `cut at ${cut}`).to.deep.equal([
            ...trades,
            chainTrade(next, end.checksum),
          ]);
        }
      }),
      tries(12),
    ));

  it('refuses every damage of a single byte, but for the lost end of the last line, which drops that line', () =>
    fc.assert(
      fc.asyncProperty(tradeBatches, async (batches) => {
        const file = await write(batches);
        const trades = batches.flat();
        for (const { bytes, what, at, kind } of singleByteDamages(file)) {
          const passes = at === file.length - 1 && kind !== 'doubled';
          expect(await read(bytes), what).to.deep.equal(passes ? trades.slice(0, -1) : undefined);
        }
      }),
      tries(10),
    ));

  it('refuses lines that were swapped, repeated or removed, but for whole lines cut off at the end', () =>
    fc.assert(
      fc.asyncProperty(
        tradeBatches,
        fc.array(fc.array(fc.nat(), { maxLength: 12 })),
        async (batches, draws) => {
          const [header = '', ...rows] = linesOf(await write(batches));
          for (const arranged of rearranged(rows, draws)) {
            const isPrefix = arranged.every((row, at) => row === rows[at]);
            const found = await read(Buffer.from(header + arranged.join('')));
            const expected = isPrefix ? batches.flat().slice(0, arranged.length) : undefined;
            expect(found, JSON.stringify(arranged)).to.deep.equal(expected);
          }
        },
      ),
      tries(60),
    ));

  it('refuses the lines of another history, though they go on with the next number', () =>
    fc.assert(
      fc.asyncProperty(tradeBatches, tradeBatches, async (batches, others) => {
        const [here, there] = [linesOf(await write(batches)), linesOf(await write(others))];
        for (let kept = 1; kept < Math.min(here.length, there.length); kept += 1) {
          const joined = [...here.slice(0, kept), ...there.slice(kept)].join('');
          const same = here.slice(0, kept).join('') === there.slice(0, kept).join('');
          expect((await read(Buffer.from(joined))) !== undefined, joined).to.equal(same);
        }
      }),
      tries(100),
    ));
});
