import { expect } from 'chai';
import { ActivityLease, ActivityWatch } from '../../../../src/catalog/database/activity-lease.js';
import { MemoryDatabase } from '../../../support/memory-database.js';
import { stock } from '../../../support/example-trades.js';
import { VirtualClock, watch } from '../../../support/virtual-clock.js';

const leaseMs = 600;

describe('the lease of the active catalog', () => {
  let clock: VirtualClock;
  let database: MemoryDatabase;
  let lost: string[];

  async function begin(): Promise<ActivityLease> {
    const head = await database.claim(database.now);
    if (!head) {
      throw new Error('the claim was not granted');
    }
    return new ActivityLease({ database, clock, leaseMs }, head, clock.now(), (reason) => lost.push(reason));
  }

  beforeEach(() => {
    clock = new VirtualClock();
    database = new MemoryDatabase([stock('GameStart', 5)]);
    lost = [];
  });

  it('is renewed as long as the database answers', async () => {
    const activity = await begin();
    for (let turn = 0; turn < 50; turn += 1) {
      await clock.advance(97);
      expect(activity.holds).to.equal(true);
    }
    expect(database.now.renewals).to.be.greaterThan(20);
    expect(lost).to.deep.equal([]);
  });

  it('needs no renewals of its own while there are trades', async () => {
    const activity = await begin();
    const { renewals } = database.now;
    for (let turn = 0; turn < 50; turn += 1) {
      await clock.advance(50);
      activity.renewed(clock.now());
    }
    expect(database.now.renewals).to.equal(renewals);
  });

  it('lasts 2 % less than agreed, counted from the sending of what renewed it', async () => {
    const activity = await begin();
    database.fates.push(...Array.from({ length: 1_000 }, () => 'lost' as const));
    await clock.advance(leaseMs * 0.98 - 1);
    expect(activity.holds).to.equal(true);
    await clock.advance(1);
    expect(activity.holds).to.equal(false);
  });

  it('is no longer for the time that its renewal took', async () => {
    const activity = await begin();
    const { renew } = database;
    database.renew = async (epoch) => {
      await clock.sleep(leaseMs / 2);
      return renew.call(database, epoch);
    };
    // Sent after a sixth of a lease.
    await clock.advance(leaseMs / 6 + leaseMs * 0.98 - 1);
    expect(activity.holds).to.equal(true);
    await clock.advance(1);
    expect(activity.holds).to.equal(false);
  });

  it('is held again when the database is back, and nobody has taken over', async () => {
    const activity = await begin();
    database.fates.push(...Array.from({ length: 60 }, () => 'lost' as const));
    await clock.advance(1_000);
    const held = watch(activity.held());
    expect(activity.holds).to.equal(false);
    await clock.advance(2_000);
    expect(held.settled).to.equal(true);
    expect(activity.holds).to.equal(true);
    expect(lost).to.deep.equal([]);
  });

  it('is lost for good when another catalog has taken over', async () => {
    const activity = await begin();
    await database.claim(database.now);
    await clock.advance(leaseMs);
    expect(lost).to.deep.equal(['another catalog has become the active one']);
    expect([activity.holds, activity.isLost]).to.deep.equal([false, true]);
  });

  it('is given up when the database does not answer for 10 s: a new process waits without owing answers', async () => {
    await begin();
    database.fates.push(...Array.from({ length: 10_000 }, () => 'lost' as const));
    await clock.advance(10_000);
    expect(lost).to.deep.equal([]);
    await clock.advance(100);
    expect(lost).to.deep.equal(['the database has not answered for 10 s']);
  });

  it('ends at once when it is released', async () => {
    const activity = await begin();
    await activity.release();
    expect(activity.holds).to.equal(false);
    expect(database.now.released).to.equal(true);
    const { renewals } = database.now;
    await clock.advance(leaseMs * 2);
    expect(database.now.renewals).to.equal(renewals);
  });
});

describe('the watch over the active catalog', () => {
  const seen = (changes: object) => ({
    epoch: 1,
    renewals: 1,
    released: false,
    term: 0,
    leaderId: 0,
    records: 0,
    lastNumber: 0,
    lastChecksum: 0,
    ...changes,
  });

  it('calls the lease over when nothing was written for 2 % longer than it lasts', () => {
    const watching = new ActivityWatch(leaseMs);
    expect(watching.saw(seen({}), 1_000)).to.equal(false);
    expect(watching.saw(seen({}), 1_611)).to.equal(false);
    expect(watching.saw(seen({}), 1_612)).to.equal(true);
  });

  it('begins to count anew with each write, and with each epoch', () => {
    const watching = new ActivityWatch(leaseMs);
    watching.saw(seen({}), 0);
    expect(watching.saw(seen({ renewals: 2 }), 600)).to.equal(false);
    expect(watching.saw(seen({ renewals: 2 }), 1_211)).to.equal(false);
    expect(watching.saw(seen({ epoch: 2, renewals: 2 }), 1_212)).to.equal(false);
    expect(watching.saw(seen({ epoch: 2, renewals: 2 }), 1_824)).to.equal(true);
  });

  it('does not wait for one that has said that it stops', () => {
    expect(new ActivityWatch(leaseMs).saw(seen({ released: true }), 0)).to.equal(true);
  });
});
