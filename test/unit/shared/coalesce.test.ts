import { expect } from 'chai';
import { coalesce } from '../../../src/shared/coalesce.js';
import { settle } from '../../support/virtual-clock.js';

describe('coalesce', () => {
  let started: number;
  let finish: ((answer: string | Error) => void)[];
  let ask: () => Promise<string>;
  beforeEach(() => {
    started = 0;
    finish = [];
    ask = coalesce(() => {
      started += 1;
      return new Promise((resolve, reject) => {
        finish.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      });
    });
  });

  it('runs at once for the first caller', async () => {
    const answer = ask();
    expect(started).to.equal(1);
    finish[0]?.('one');
    expect(await answer).to.equal('one');
  });

  it('gives nobody the result of a run that had started before', async () => {
    const first = ask();
    const later = [ask(), ask(), ask()];
    await settle();
    expect(started).to.equal(1);
    finish[0]?.('old');
    expect(await first).to.equal('old');
    await settle();
    expect(started).to.equal(2);
    const last = ask();
    finish[1]?.('new');
    expect(await Promise.all(later)).to.deep.equal(['new', 'new', 'new']);
    await settle();
    finish[2]?.('newest');
    expect(await last).to.equal('newest');
    expect(started).to.equal(3);
  });

  it('starts anew after a failure, which only those hear of who shared that run', async () => {
    const first = ask();
    const second = ask();
    finish[0]?.(new Error('lost'));
    expect(await first.catch(String)).to.equal('Error: lost');
    await settle();
    finish[1]?.('found');
    expect(await second).to.equal('found');
    const third = ask();
    finish[2]?.('again');
    expect(await third).to.equal('again');
  });
});
