import { expect } from 'chai';
import { fuzz } from '../fuzz/fuzz.js';

/** A gate must say the same twice: new seeds are for `npm run fuzz`, those that have found something stay here. */
const seeds = [
  [838_749, 'a replica that does not exist took office'],
  [214_698, 'terms were forged in steps until nobody could lead'],
] as const;

describe('odd requests and messages', function () {
  this.timeout(180_000);

  for (const [seed, found] of seeds) {
    it(`are survived, refused, and trade nothing: seed ${seed}, which once found that ${found}`, async () => {
      const said: string[] = [];
      const isWell = await fuzz({ seed, requests: 5_000, messages: 2_000 }, (line) => said.push(line));
      expect(isWell, said.join('\n')).to.equal(true);
    });
  }
});
