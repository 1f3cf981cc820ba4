// No lookup ever shows anything older than what was visible when it began: the frontends' caches, leases and floors
// and the catalog's sessions together, while messages are lost, held up, doubled and reordered, clocks drift, and
// processes end, in every order that a generator thinks of.
import { expect } from 'chai';
import * as fc from 'fast-check';
import { CachedExchange } from '../support/cached-exchange.js';
import { examples, propertyTimeoutMs } from '../support/property-runs.js';

const kinds = {
  act: ['trade', 'trade', 'look up', 'look up', 'look up'],
  post: ['deliver', 'lose', 'hold up', 'deliver late', 'deliver late'],
  rare: ['restart catalog', 'restart frontend', 'disk busy', 'disk free'],
} as const;
type Kind = (typeof kinds)[keyof typeof kinds][number];

const actions = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constantFrom<Kind>(...kinds.act), pick: fc.nat(5), at: fc.nat(1) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constantFrom<Kind>(...kinds.post), pick: fc.nat(9), at: fc.nat(1) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom<Kind>(...kinds.rare), pick: fc.nat(1), at: fc.nat(1) }),
    },
    // Time without messages, and with.
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 5, 45, 105, 310) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('run' as const), ms: fc.constantFrom(0, 0, 20, 100, 200) }),
    },
  ),
  { minLength: 10, maxLength: 60, size: 'max' },
);

/** Less than 2 % apart from the catalog's, as the protocol demands. */
const rates = fc.array(fc.constantFrom(0.981, 1, 1.019), { minLength: 2, maxLength: 2 });

async function act(exchange: CachedExchange, kind: Kind, pick: number, at: number): Promise<void> {
  const { post } = exchange;
  const effects: Record<Kind, () => void> = {
    trade: () => exchange.trade(pick),
    'look up': () => exchange.lookUp(at, pick),
    deliver: () => post.deliver(pick),
    lose: () => post.lose(pick),
    'hold up': () => post.holdUp(pick),
    'deliver late': () => post.deliverLate(pick),
    'restart catalog': () => exchange.restartCatalog(),
    'restart frontend': () => exchange.restartFrontend(at, pick === 1),
    'disk busy': () => exchange.keepDiskBusy(),
    'disk free': () => exchange.freeDisk(),
  };
  effects[kind]();
  await exchange.clock.advance(0);
}

/** The longest that anything may take once nothing is lost any more: waits for leases, one after another. */
const healMs = 1_500;

describe('property: cache coherence', function () {
  this.timeout(propertyTimeoutMs);

  it('shows nothing older than what was visible before, whatever becomes of the messages', async () => {
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(actions, rates, fc.boolean(), async (todo, clockRates, doubles) => {
        const exchange = new CachedExchange(clockRates);
        exchange.post.doubles = doubles;
        const check = () =>
          expect(exchange.violations, exchange.post.trace.slice(-60).join('\n')).to.deep.equal([]);
        try {
          await exchange.run(400);
          for (const action of todo) {
            switch (action.kind) {
              case 'wait':
                await exchange.clock.advance(action.ms);
                break;
              case 'run':
                await exchange.run(action.ms);
                await exchange.post.flow();
                break;
              default:
                await act(exchange, action.kind, action.pick, action.at);
            }
            exchange.probe();
            check();
          }
          exchange.freeDisk();
          exchange.post.deliverAllLate();
          await exchange.run(healMs);
          check();
          expect(exchange.unanswered).to.equal(0);
          hits += exchange.hits;
        } finally {
          await exchange.close();
        }
      }),
      examples(2_500),
    );
    // Otherwise nothing was tried.
    expect(hits).to.be.above(100);
  });
});
