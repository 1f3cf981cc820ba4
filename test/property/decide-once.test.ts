// One decision and one answer per key, whatever is sent in whatever order, grouping and repetition, with restarts from
// the journal in between: the catalog compared with the most naive model of its rules.
import * as fc from 'fast-check';
import { maxShares, type Order } from '../../src/shared/domain.js';
import { CatalogTrial, type Action } from '../support/catalog-trial.js';
import { useMemoryDirectory } from '../support/memory-directory.js';
import { propertyTimeoutMs, tries } from '../support/property-runs.js';

/** Few keys, so that they come again; few shares, so that buying is refused and accepted in turns. */
const orders: fc.Arbitrary<Order> = fc.record({
  orderId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'),
  name: fc.constantFrom('GameStart', 'GameStart', 'BoarCo', 'Nobody'),
  type: fc.oneof({ weight: 12, arbitrary: fc.constantFrom('buy', 'sell') }, fc.constantFrom('Buy', '')),
  quantity: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 4 }) },
    fc.constantFrom(-1, maxShares),
  ),
});

/** How a batch is sent: as the leader of the current term does, or not quite. */
const senders = fc.oneof(
  { weight: 4, arbitrary: fc.constant('leader' as const) },
  fc.constantFrom(
    'nobody' as const,
    'other term' as const,
    'other replica' as const,
    'wrong number' as const,
  ),
);

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('send' as const),
        // Several at once wait for each other at the commit lock.
        batches: fc.array(
          fc.record({ orders: fc.array(orders, { minLength: 1, maxLength: 4 }), sender: senders }),
          { minLength: 1, maxLength: 3 },
        ),
      }),
    },
    // Part of an earlier batch, or all of it.
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('again' as const),
        pick: fc.nat(),
        from: fc.nat(3),
        to: fc.integer({ min: 1, max: 4 }),
      }),
    },
    fc.record({ kind: fc.constant('term' as const), leaderId: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constantFrom('snapshot', 'restart', 'restart', 'disk full', 'room again') }),
  ),
  { maxLength: 40, size: 'max' },
);

describe('property: decide once', function () {
  this.timeout(propertyTimeoutMs);
  const directory = useMemoryDirectory();

  it('decides each key once, in the order of arrival, as the model does, through restarts and full disks', () =>
    fc.assert(
      fc.asyncProperty(actions, async (todo) => {
        const trial = new CatalogTrial(directory());
        try {
          await trial.restart();
          for (const action of todo) {
            await trial.take(action);
            await trial.check();
          }
          await trial.repeatAll();
          await trial.restart();
          await trial.repeatAll();
        } finally {
          await trial.close();
        }
      }),
      tries(800),
    ));
});
