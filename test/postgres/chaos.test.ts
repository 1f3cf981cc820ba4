import { DatabaseTarget } from '../chaos/database-target.js';
import { expectToWithstand } from '../chaos/short-run.js';
import { seededRandom } from '../../src/cli/seeded-random.js';
import { needsPostgres } from '../support/postgres-server.js';

const seed = 11;

describe('a system with its ledger in PostgreSQL, under random faults of the database as well', function () {
  this.timeout(180_000);
  needsPostgres();

  it('loses, doubles and forgets nothing, and answers everybody', async () => {
    await expectToWithstand(await DatabaseTarget.create({ chance: seededRandom(seed) }), seed);
  });
});
