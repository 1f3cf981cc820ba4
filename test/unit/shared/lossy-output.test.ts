import { expect } from 'chai';
import { LossyOutput } from '../../../src/shared/lossy-output.js';

/** A file on a disk of so many bytes, or a pipe that fails in its own ways. */
class Device {
  text = '';
  room = Infinity;
  failure = 'ENOSPC';
  attempts = 0;

  readonly write = (bytes: Uint8Array): number => {
    this.attempts += 1;
    const taken = Math.min(bytes.length, this.room);
    if (taken === 0) {
      throw Object.assign(new Error(this.failure), { code: this.failure });
    }
    this.room -= taken;
    this.text += Buffer.from(bytes.subarray(0, taken)).toString();
    return taken;
  };
}

describe('an output whose lines may be lost', () => {
  let device: Device;
  let output: LossyOutput;
  let readersGone: number;

  beforeEach(() => {
    device = new Device();
    readersGone = 0;
    output = new LossyOutput({
      write: device.write,
      onRoom: (lost, code) => output.write(`${lost} lost (${code})\n`),
      onReaderGone: () => (readersGone += 1),
    });
  });

  for (const code of ['ENOSPC', 'EIO', 'EFBIG', 'EDQUOT', 'EAGAIN', 'EPIPE']) {
    it(`does not throw on ${code}, and says what was lost when there is room again`, () => {
      output.write('one\n');
      device.room = 0;
      device.failure = code;
      output.write('two\n');
      output.write('three\n');
      output.write('four\n');
      device.room = Infinity;
      output.write('five\n');
      output.write('six\n');
      expect(device.text).to.equal(`one\n3 lost (${code})\nfive\nsix\n`);
      expect(readersGone > 0).to.equal(code === 'EPIPE');
    });
  }

  it('ends a line that was torn before it goes on', () => {
    device.room = 2;
    output.write('one\n');
    device.room = Infinity;
    output.write('two\n');
    expect(device.text).to.equal('on\n1 lost (ENOSPC)\ntwo\n');
  });

  it('does not forget what it could not say', () => {
    device.room = 0;
    output.write('one\n');
    device.room = 3;
    output.write('two\n');
    device.room = Infinity;
    output.write('three\n');
    expect(device.text).to.equal('1 l\n2 lost (ENOSPC)\nthree\n');
  });

  it('writes a line that is taken in pieces', () => {
    output = new LossyOutput({
      write: (bytes) => device.write(bytes.subarray(0, 2)),
      onRoom: () => undefined,
    });
    output.write('one\n');
    expect(device.text).to.equal('one\n');
  });

  it('waits for a reader who is slow, but only once for one who has stopped reading', () => {
    device.room = 0;
    device.failure = 'EAGAIN';
    output.write('one\n');
    const { attempts } = device;
    for (let count = 0; count < 5; count += 1) {
      output.write('two\n');
    }
    expect(attempts).to.be.greaterThan(10);
    expect(device.attempts).to.equal(attempts + 5);
  });
});
