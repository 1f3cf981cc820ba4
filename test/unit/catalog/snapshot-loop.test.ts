import { expect } from 'chai';
import { CacheSessions } from '../../../src/catalog/cache-sessions.js';
import { Catalog } from '../../../src/catalog/catalog.js';
import { Ledger, type Stock } from '../../../src/catalog/ledger.js';
import { SnapshotLoop } from '../../../src/catalog/snapshot-loop.js';
import type { Logger } from '../../../src/shared/logger.js';
import { order, stock } from '../../support/example-trades.js';
import { FakeInvalidator } from '../../support/fake-invalidator.js';
import { MemoryJournal } from '../../support/memory-journal.js';
import { SilentLogger } from '../../support/silent-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('snapshot loop', () => {
  let clock: VirtualClock;
  let catalog: Catalog;
  let written: (readonly Stock[])[];
  let diskFails: boolean;
  let logger: SilentLogger;
  let loop: SnapshotLoop;
  beforeEach(async () => {
    clock = new VirtualClock();
    catalog = new Catalog({
      ledger: new Ledger([stock('GameStart', 100)]),
      journal: new MemoryJournal(),
      sessions: new CacheSessions(0),
      invalidator: new FakeInvalidator(),
      clock,
      alarm: () => undefined,
    });
    await clock.advance(0);
    written = [];
    diskFails = false;
    logger = new SilentLogger();
    const write = async (stocks: readonly Stock[]) => {
      if (diskFails) {
        throw new Error('no space left on device');
      }
      written.push(stocks);
    };
    loop = new SnapshotLoop(catalog, write, 0, logger as unknown as Logger);
    loop.start(1_000, clock);
  });
  afterEach(() => loop.stop());

  const trade = (orderId: string) =>
    catalog.trade({ term: 0, leaderId: 0, firstNumber: 0, orders: [order(orderId)] });

  it('writes what trades have changed once in an interval, and nothing when there was none', async () => {
    await clock.advance(5_000);
    expect(written).to.deep.equal([]);
    await trade('a');
    await trade('b');
    await clock.advance(1_000);
    expect(written).to.deep.equal([[stock('GameStart', 98, { volume: 2, version: 2 })]]);
    await clock.advance(5_000);
    expect(written).to.have.lengthOf(1);
  });

  it('tries again when the disk did not take it', async () => {
    diskFails = true;
    await trade('a');
    await clock.advance(2_000);
    expect(logger.lines.map((line) => line.split(':')[0])).to.deep.equal(['warn', 'debug']);
    diskFails = false;
    await clock.advance(1_000);
    expect(written.map(([state]) => state?.version)).to.deep.equal([1]);
  });

  it('writes the last changes when it is stopped, and no more after that', async () => {
    await trade('a');
    await loop.stop();
    expect(written.map(([state]) => state?.version)).to.deep.equal([1]);
    await trade('b');
    await clock.advance(5_000);
    expect(written).to.have.lengthOf(1);
  });
});
