import { expect } from 'chai';
import { LockQueueFullError, ReadWriteLock } from '../../../src/shared/lock.js';
import { settle } from '../../support/virtual-clock.js';

describe('read-write lock', () => {
  let lock: ReadWriteLock;
  let events: string[];
  let gates: Map<string, () => void>;
  beforeEach(() => {
    lock = new ReadWriteLock(5);
    events = [];
    gates = new Map();
  });

  /** A section that ends when the test says so. */
  const section = (name: string) => async () => {
    events.push(`${name} in`);
    await new Promise<void>((resolve) => gates.set(name, resolve));
    events.push(`${name} out`);
    return name;
  };

  async function end(name: string): Promise<void> {
    gates.get(name)?.();
    await settle();
  }

  it('lets readers in together, and writers alone', async () => {
    const done = [
      lock.read(section('r1')),
      lock.read(section('r2')),
      lock.write(section('w1')),
      lock.write(section('w2')),
    ];
    await settle();
    expect(events).to.deep.equal(['r1 in', 'r2 in']);
    await end('r2');
    expect(events.at(-1)).to.equal('r2 out');
    await end('r1');
    expect(events.at(-1)).to.equal('w1 in');
    await end('w1');
    expect(events.at(-1)).to.equal('w2 in');
    await end('w2');
    expect(await Promise.all(done)).to.deep.equal(['r1', 'r2', 'w1', 'w2']);
  });

  it('is first come, first served: a reader does not overtake a writer, nor a writer a reader', async () => {
    void lock.write(section('w1'));
    void lock.read(section('r1'));
    void lock.write(section('w2'));
    void lock.read(section('r2'));
    await settle();
    for (const name of ['w1', 'r1', 'w2', 'r2']) {
      expect(events.at(-1)).to.equal(`${name} in`);
      await end(name);
    }
    void lock.read(section('r3'));
    void lock.write(section('w3'));
    void lock.read(section('r4'));
    await settle();
    expect(events.at(-1)).to.equal('r3 in');
    await end('r3');
    expect(events.at(-1)).to.equal('w3 in');
  });

  it('is let go of by a section that throws, at once or later', async () => {
    const failures = [
      lock.write(() => {
        throw new Error('at once');
      }),
      lock.write(async () => {
        await settle();
        throw new Error('later');
      }),
      lock.read(() => Promise.reject(new Error('reading'))),
    ].map((failing) => failing.catch((error: Error) => error.message));
    expect(await Promise.all(failures)).to.deep.equal(['at once', 'later', 'reading']);
    expect(await lock.write(() => 'free')).to.equal('free');
  });

  it('turns away more callers than may wait, and takes others when they are through', async () => {
    const holder = lock.write(section('w'));
    await settle();
    const waiting = Array.from({ length: 5 }, (_, index) => lock.read(() => index));
    let ran = false;
    const error: unknown = await lock.read(() => (ran = true)).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(LockQueueFullError);
    await end('w');
    await holder;
    expect(await Promise.all(waiting)).to.deep.equal([0, 1, 2, 3, 4]);
    expect(ran).to.equal(false);
    expect(await lock.read(() => 'free')).to.equal('free');
  });
});
