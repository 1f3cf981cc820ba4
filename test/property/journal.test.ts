// The journal: whatever a crash or a single damage leaves of it, it is read as an exact prefix of what was written, or
// refused. Never as another history.
//
// Which damages are certain to be noticed, and which are only all but certain:
// - A replaced byte in the columns is a burst of at most 8 bits; a CRC-32 detects every burst of up to 32 bits.
// - Damage in the checksum itself is always noticed: it is compared as text, in its one canonical form.
// - A line feed gained or lost, a byte removed or doubled shifts what follows, so it is no burst: the CRC then misses
//   one in 2^32. One run tries some 10^5 of these, so it fails by accident once in 40,000 runs.
// - Lines removed, repeated or swapped do not fit the chain, up to the same 1 in 2^32.
// - The last line without its line feed is what a crash leaves, so damage of that one byte passes for it, and the last
//   record is dropped. Whole lines cut off at the end cannot be told from a shorter history by the file alone: that
//   is what the replicas' logs are compared for, at the beginning of each term.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { Journal } from '../../src/catalog/journal.js';
import { Ledger, type Refusal, type Stock } from '../../src/catalog/ledger.js';
import type { Leadership, Trade } from '../../src/shared/domain.js';
import { DamagedFileError } from '../../src/shared/sealed-csv.js';
import { shortNames, steps, type Step } from '../support/arbitraries.js';
import { order, stock } from '../support/example-trades.js';
import { linesOf, rearranged, singleByteDamages, wholeRows } from '../support/file-damage.js';
import { useMemoryDirectory } from '../support/memory-directory.js';
import { propertyTimeoutMs, tries } from '../support/property-runs.js';

type Entry = Omit<Trade, 'checksum'> | Refusal | Leadership;

/** A ledger that notes what the journal hands it. */
class ReplayedLedger extends Ledger {
  readonly entries: Entry[] = [];

  override replayTrade(trade: Omit<Trade, 'checksum'>): void {
    super.replayTrade(trade);
    this.entries.push(trade);
  }

  override replayRefusal(refusal: Refusal): void {
    super.replayRefusal(refusal);
    this.entries.push(refusal);
  }

  override beginTerm(leadership: Leadership): void {
    super.beginTerm(leadership);
    this.entries.push(leadership);
  }
}

function withoutChecksum({ number, name, type, quantity, orderId, term }: Trade): Omit<Trade, 'checksum'> {
  return { number, name, type, quantity, orderId, term };
}

const unexpected = (error: Error): never => {
  throw error;
};

/** So few shares that buying is refused at times. */
const stocks: readonly Stock[] = shortNames.map((name, index) => stock(name, 3 * index));

interface History {
  /** What was recorded, in the order of the file. */
  readonly entries: readonly Entry[];
  readonly file: Buffer;
}

describe('property: journal', function () {
  this.timeout(propertyTimeoutMs);
  const directory = useMemoryDirectory();
  const path = () => join(directory(), 'journal.csv');

  /** Carries out steps as the catalog does: judged, recorded, applied. @returns what was recorded */
  async function carryOut(ledger: Ledger, journal: Journal, todo: readonly Step[]): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const step of todo) {
      const { term } = ledger.leadership;
      if (step.kind === 'term') {
        const leadership = { term: term + step.gap, leaderId: step.leaderId };
        await journal.appendTerm(leadership);
        ledger.beginTerm(leadership);
        entries.push(leadership);
      } else {
        const proposal = ledger.decide(step.orders, term);
        await journal.appendBatch(proposal, term);
        ledger.apply(proposal);
        entries.push(...proposal.trades.map(withoutChecksum), ...proposal.refusals);
      }
    }
    return entries;
  }

  async function write(plan: readonly Step[]): Promise<History> {
    rmSync(path(), { force: true });
    const ledger = new Ledger(stocks);
    const journal = await Journal.open(Journal.read(directory(), ledger), unexpected);
    const entries = await carryOut(ledger, journal, plan);
    await journal.close();
    return { entries, file: readFileSync(path()) };
  }

  /** What a catalog that starts with this file takes over; undefined: it refuses to. */
  function read(file: Uint8Array): { entries: Entry[]; tornBytes: number } | undefined {
    writeFileSync(path(), file);
    const ledger = new ReplayedLedger(stocks);
    try {
      const { tornBytes, bytes } = Journal.read(directory(), ledger);
      expect(bytes + tornBytes).to.equal(file.length);
      return { entries: ledger.entries, tornBytes };
    } catch (error) {
      expect(error).to.be.instanceOf(DamagedFileError);
      return undefined;
    }
  }

  it('brings back what was written, and after a cut at any byte exactly the lines that are whole', () =>
    fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const { entries, file } = await write(plan);
        for (let cut = 0; cut <= file.length; cut += 1) {
          const { rows, bytes } = wholeRows(file, cut);
          const expected = { entries: entries.slice(0, rows), tornBytes: cut - bytes };
          expect(read(file.subarray(0, cut)), `cut at ${cut}`).to.deep.equal(expected);
        }
      }),
      tries(200),
    ));

  it('refuses every damage of a single byte, but for the lost end of the last line, which drops that line', () =>
    fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const { entries, file } = await write(plan);
        for (const { bytes, what, at, kind } of singleByteDamages(file)) {
          const found = read(bytes);
          if (at === file.length - 1 && kind !== 'doubled') {
            // A carriage return before a lost line feed and the like: still only a line without its end.
            const rows = Math.max(0, entries.length - 1);
            const passes = entries.length > 0 || kind === 'removed';
            expect(found?.entries, what).to.deep.equal(passes ? entries.slice(0, rows) : undefined);
          } else {
            expect(found, what).to.equal(undefined);
          }
        }
      }),
      tries(12),
    ));

  it('refuses lines that were swapped, repeated or removed, but for whole lines cut off at the end', () =>
    fc.assert(
      fc.asyncProperty(steps, fc.array(fc.array(fc.nat(), { maxLength: 12 })), async (plan, draws) => {
        const { entries, file } = await write(plan);
        const [header = '', ...rows] = linesOf(file);
        for (const arranged of rearranged(rows, draws)) {
          const isPrefix = arranged.every((row, at) => row === rows[at]);
          const found = read(Buffer.from(header + arranged.join('')));
          const expected = isPrefix ? entries.slice(0, arranged.length) : undefined;
          expect(found?.entries, JSON.stringify(arranged)).to.deep.equal(expected);
        }
      }),
      tries(150),
    ));

  it('refuses the lines of another history, however they are put together', () =>
    fc.assert(
      fc.asyncProperty(steps, steps, async (plan, other) => {
        const here = await write(plan);
        const there = await write(other);
        const [rows, otherRows] = [linesOf(here.file), linesOf(there.file)];
        for (let kept = 1; kept < rows.length; kept += 1) {
          for (let from = 1; from < otherRows.length; from += 1) {
            const joined = [...rows.slice(0, kept), ...otherRows.slice(from)].join('');
            const isWhole = here.file.toString().startsWith(joined) || there.file.toString() === joined;
            const found = read(Buffer.from(joined));
            expect(found !== undefined, joined).to.equal(isWhole);
          }
        }
      }),
      tries(200),
    ));

  it('goes on from a cut at any byte, and brings back what is written then', () =>
    fc.assert(
      fc.asyncProperty(steps, steps, async (plan, more) => {
        const { entries, file } = await write(plan);
        const last: Step = { kind: 'batch', orders: [order('last', { name: 'A', quantity: 0 })] };
        for (let cut = 0; cut <= file.length; cut += 1) {
          writeFileSync(path(), file.subarray(0, cut));
          const ledger = new Ledger(stocks);
          const journal = await Journal.open(Journal.read(directory(), ledger), unexpected);
          const added = await carryOut(ledger, journal, [...more, last]);
          await journal.close();
          const expected = [...entries.slice(0, wholeRows(file, cut).rows), ...added];
          const found = read(readFileSync(path()));
          expect(found, `cut at ${cut}`).to.deep.equal({ entries: expected, tornBytes: 0 });
        }
      }),
      tries(20),
    ));
});
