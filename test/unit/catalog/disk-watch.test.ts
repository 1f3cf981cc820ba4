import { expect } from 'chai';
import { watchDisk } from '../../../src/catalog/disk-watch.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('disk watch', () => {
  it('tells the catalog four times a second whether there is room, until it is stopped', async () => {
    const clock = new VirtualClock();
    const looks: boolean[] = [];
    const frees = [1e9, 65_536, 65_535, 0, 1e9];
    const stop = watchDisk(
      { noticeRoom: async (looksFull) => void looks.push(looksFull) },
      'somewhere',
      clock,
      async () => frees.shift() ?? 0,
    );
    await clock.advance(1_001);
    expect(looks).to.deep.equal([false, false, true, true, false]);
    stop();
    await clock.advance(1_000);
    expect(looks).to.have.lengthOf(5);
  });
});
