import { expect } from 'chai';
import { LineTail } from '../../../src/order/line-tail.js';

describe('the tail of a log', () => {
  let tail: LineTail;
  const after = (number: number, limit: number) => tail.after(number, limit)?.toString();

  beforeEach(() => {
    tail = new LineTail();
    tail.push(1, 3, Buffer.from('123'));
    tail.push(4, 4, Buffer.from('4'));
    tail.push(5, 9, Buffer.from('56789'));
  });

  it('gives whole appends from any of their beginnings', () => {
    expect(after(0, 100)).to.equal('123456789');
    expect(after(3, 100)).to.equal('456789');
    expect(after(4, 100)).to.equal('56789');
    expect(after(9, 100)).to.equal(undefined);
  });

  it('does not know what begins in the middle', () => {
    expect(after(1, 100)).to.equal(undefined);
    expect(after(7, 100)).to.equal(undefined);
  });

  it('gives no more than it was asked for', () => {
    expect(after(0, 8)).to.equal('1234');
    expect(after(0, 4)).to.equal('1234');
    expect(after(0, 3)).to.equal('123');
    expect(after(0, 2)).to.equal(undefined);
    expect(after(4, 4)).to.equal(undefined);
  });

  it('forgets what was taken back, and an append that was cut by that', () => {
    tail.truncate(4);
    expect(after(0, 100)).to.equal('1234');
    tail.push(5, 6, Buffer.from('XY'));
    expect(after(3, 100)).to.equal('4XY');
    tail.truncate(5);
    expect(after(4, 100)).to.equal(undefined);
  });

  it('remembers the last 16 appends', () => {
    for (let number = 10; number < 40; number += 1) {
      tail.push(number, number, Buffer.from('x'));
    }
    expect(after(22, 100)).to.equal(undefined);
    expect(after(23, 100)).to.equal('x'.repeat(16));
  });
});
