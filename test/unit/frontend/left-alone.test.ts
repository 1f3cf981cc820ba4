import { expect } from 'chai';
import { LeftAlone } from '../../../src/frontend/left-alone.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('a connection on which an order was turned away', () => {
  /** After how many ms each of so many connections is read again. */
  async function readAgainMs(connections: number): Promise<number[]> {
    const clock = new VirtualClock();
    const leftAlone = new LeftAlone(clock);
    const readAgain: number[] = [];
    let paused = 0;
    for (let connection = 0; connection < connections; connection += 1) {
      const socket = { pause: () => (paused += 1), resume: () => readAgain.push(clock.now()) };
      leftAlone.add({ socket, once: (_: string, then: () => void) => then() } as never);
    }
    expect(paused).to.equal(connections);
    await clock.advance(1_000);
    return readAgain;
  }

  it('is not read for a tenth of a second', async () => {
    expect(await readAgainMs(1)).to.deep.equal([100]);
  });

  it('is read 0.5 ms after the one before it', async () => {
    const times = await readAgainMs(4);
    expect(times).to.deep.equal([100, 100.5, 101, 101.5]);
  });

  it('is read again within a second, however many there are', async () => {
    const times = await readAgainMs(3_000);
    expect(times).to.have.lengthOf(3_000);
    expect(Math.max(...times)).to.equal(1_000);
  });

  it('may come again after a second, and later the more there are: 500 a second, and all within eight', () => {
    const leftAlone = new LeftAlone(new VirtualClock());
    const seconds = Array.from({ length: 5_000 }, () =>
      leftAlone.add({ socket: {}, once: () => undefined } as never),
    );
    expect([seconds[0], seconds[499], seconds[500], seconds[1_500]]).to.deep.equal([1, 1, 2, 4]);
    expect(seconds.at(-1)).to.equal(8);
  });

  it('does not wait for those that were left alone long ago', async () => {
    const clock = new VirtualClock();
    const leftAlone = new LeftAlone(clock);
    const readAgain: number[] = [];
    const socket = { pause: () => undefined, resume: () => readAgain.push(clock.now()) };
    const request = { socket, once: (_: string, then: () => void) => then() } as never;
    for (let turn = 0; turn < 500; turn += 1) {
      leftAlone.add(request);
    }
    await clock.advance(5_000);
    readAgain.length = 0;
    expect(leftAlone.add(request)).to.equal(1);
    await clock.advance(100);
    expect(readAgain).to.deep.equal([5_100]);
  });
});
