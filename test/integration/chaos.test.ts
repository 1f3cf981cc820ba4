import { NativeTarget } from '../chaos/native-target.js';
import { expectToWithstand } from '../chaos/short-run.js';
import { seededRandom } from '../../src/cli/seeded-random.js';

const seed = 3;

describe('a system under random faults', function () {
  this.timeout(120_000);

  it('loses, doubles and forgets nothing, and answers everybody', async () => {
    await expectToWithstand(await NativeTarget.create({ chance: seededRandom(seed) }), seed);
  });
});
