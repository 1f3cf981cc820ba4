// No lookup ever shows anything older than what was visible when it began: the frontends' caches, leases and floors
// and the catalog's sessions together, while messages are lost, held up, doubled and reordered, clocks drift, and
// processes end, in every order that a generator thinks of.
import { expect } from 'chai';
import * as fc from 'fast-check';
import { CachedExchange } from '../support/cached-exchange.js';
import { propertyTimeoutMs, tries } from '../support/property-runs.js';

const kinds = {
  act: ['trade', 'trade', 'look up', 'look up', 'look up'],
  post: ['deliver', 'deliver', 'deliver', 'lose', 'hold up', 'deliver late', 'deliver late'],
  rare: ['restart catalog', 'restart frontend', 'disk busy', 'disk free'],
} as const;
type Kind = (typeof kinds)[keyof typeof kinds][number];

type Action =
  | { readonly kind: Kind; readonly pick: number; readonly at: number }
  | { readonly kind: 'wait' | 'run'; readonly ms: number };

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constantFrom<Kind>(...kinds.act), pick: fc.nat(5), at: fc.nat(1) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constantFrom<Kind>(...kinds.post), pick: fc.nat(9), at: fc.nat(1) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom<Kind>(...kinds.rare), pick: fc.nat(1), at: fc.nat(1) }),
    },
    // Time without messages, and with.
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.constantFrom(1, 5, 45, 105, 290, 299, 310),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('run' as const), ms: fc.constantFrom(0, 0, 20, 100, 200) }),
    },
  ),
  { minLength: 10, maxLength: 60, size: 'max' },
);

/** Less than 2 % apart from the catalog's, as the protocol demands. */
const rates = fc.array(fc.constantFrom<number>(0.981, 1, 1.019), { minLength: 2, maxLength: 2 });

const questions = ['begin', 'renew', 'lookup', 'invalidate'];
/** One link is bad: of these the test delivers each by itself, in whatever order. */
const slowKinds = fc.subarray([...questions, ...questions.map((kind) => `answer to ${kind}`)], {
  maxLength: 3,
});

/** What the network does all the time. */
const networks = fc.record({ doubles: fc.boolean(), slow: slowKinds });

const act = (kind: Kind, pick = 0, at = 0): Action => ({ kind, pick, at });
const run = (ms = 0): Action => ({ kind: 'run', ms });

type Example = [Action[], number[], { doubles: boolean; slow: string[] }];

/** What once showed an old state, or would without a rule that is easily forgotten: tried first, every time. */
const stories: Example[] = [
  // The request that began a session comes a second time, after the catalog has forgotten what it was handed, and
  // before the frontend, whose lease has run out, asks to prolong it.
  [
    [act('look up'), run(), act('trade'), { kind: 'wait', ms: 310 }, act('deliver late'), run(200)],
    [1, 1],
    { doubles: true, slow: ['invalidate'] },
  ],
  // The same, but the frontend asked before its lease ran out, and the answer came after.
  [
    [act('look up'), run(), act('trade'), { kind: 'wait', ms: 290 }, act('deliver late'), run()],
    [1, 1],
    { doubles: true, slow: ['invalidate'] },
  ],
  // The same once more, to a new process of the catalog, while the lease of the old one still runs.
  [
    [
      act('look up'),
      run(),
      act('restart catalog'),
      act('deliver late'),
      run(200),
      run(200),
      act('trade'),
      run(),
    ],
    [1, 1],
    { doubles: true, slow: [] },
  ],
  // A lookup is answered while one of the caches has not dropped the stock yet; when its answer arrives, all have, and
  // somebody who asked after that has joined it.
  [
    [
      act('look up', 0, 0),
      run(),
      act('deliver'),
      act('trade'),
      act('look up', 0, 1),
      run(),
      act('deliver'),
      run(),
      act('look up', 0, 1),
      run(),
      act('deliver'),
      run(),
    ],
    [1, 1],
    { doubles: false, slow: ['invalidate', 'answer to lookup'] },
  ],
  // A lookup is answered before a trade; somebody who asked after the trade has joined it.
  [
    [act('look up'), run(), act('trade'), run(), act('look up'), run(), act('deliver'), run()],
    [1, 1],
    { doubles: false, slow: ['answer to lookup'] },
  ],
];

async function perform(exchange: CachedExchange, kind: Kind, pick: number, at: number): Promise<void> {
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
const healMs = 2_000;

describe('property: cache coherence', function () {
  this.timeout(propertyTimeoutMs);

  it('shows nothing older than what was visible before, whatever becomes of the messages', async () => {
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(actions, rates, networks, async (todo, clockRates, { doubles, slow }) => {
        const exchange = new CachedExchange(clockRates);
        exchange.post.doubles = doubles;
        const check = () =>
          expect(exchange.violations, exchange.post.trace.slice(-60).join('\n')).to.deep.equal([]);
        try {
          await exchange.run(400);
          exchange.post.slow = new Set(slow);
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
                await perform(exchange, action.kind, action.pick, action.at);
            }
            exchange.probe();
            check();
          }
          exchange.post.slow = new Set();
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
      { ...tries(2_500), examples: stories },
    );
    // Otherwise nothing was tried.
    expect(hits).to.be.above(100);
  });
});
