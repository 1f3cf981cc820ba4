import { expect } from 'chai';
import { fuzz } from '../fuzz/fuzz.js';

describe('odd requests and messages, other ones each time', function () {
  this.timeout(180_000);

  it('are survived, refused, and trade nothing', async () => {
    const said: string[] = [];
    const seed = Date.now() % 1_000_000;
    const isWell = await fuzz({ seed, requests: 10_000, messages: 2_000 }, (line) => said.push(line));
    expect(isWell, said.join('\n')).to.equal(true);
  });
});
