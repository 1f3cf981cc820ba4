import { ComposeTarget } from '../chaos/compose-target.js';
import { expectToWithstand } from '../chaos/short-run.js';
import { needsDocker } from '../support/compose.js';

const seed = 5;

describe('containers under random faults', function () {
  this.timeout(600_000);
  needsDocker();

  it('lose, double and forget nothing, and answer everybody', async () => {
    await expectToWithstand(await ComposeTarget.create(seed), seed);
  });
});
