// Rules of the frontend: E1 to E7.
import type { Edit, Mutant } from './mutant.js';

const gateway = 'src/frontend/order-gateway.js';
const lease = 'src/frontend/cache-lease.js';
const lookup = 'src/frontend/stock-lookup.js';

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

export const frontendMutants: readonly Mutant[] = [
  {
    name: '"not the leader" is final',
    rule: 'E2, E3',
    change: 'a client is sent away by a replica that does not lead',
    edits: [edit(gateway, 'if (answer && answer.code !== code.notLeader) {', 'if (answer) {')],
  },
  {
    name: 'new order id for a retry',
    rule: 'E3',
    change: 'an order that may have been executed is sent again as another one',
    edits: [
      edit(
        gateway,
        'await replica.order(order, ',
        'await replica.order(isRetry ? { ...order, orderId: `${order.orderId}.again` } : order, ',
      ),
    ],
  },
  {
    name: '"not done" after a retry',
    rule: 'E4',
    change: 'a later leader\'s "not done" is passed on, though an earlier one may have done it',
    edits: [edit(gateway, 'answer.code === code.unavailable && isRetry ? undefined : answer;', 'answer;')],
    test: {
      file: 'test/unit/frontend/order-gateway.test.js',
      title: 'is not called "not done" by a second leader when the first may have done it',
      why: 'the ledger must execute what the first leader sent, and be silent for the second one',
    },
  },
  {
    name: 'late questions count',
    rule: 'E1',
    change: 'a replica that does not answer a question in time is suspected',
    edits: [edit(gateway, '// The next one may know.', 'this.#finder.suspect(id);')],
    test: {
      file: 'test/unit/frontend/order-gateway.test.js',
      title: 'counts none of them against the leader',
      why: 'the simulated replicas are never too busy with questions to answer heartbeats',
    },
  },
  {
    name: 'no lease check',
    rule: 'E5',
    change: 'the cache is served from after the lease has run out',
    edits: [edit(lookup, 'this.#lease.live ? this.#cache.get(name) : undefined;', 'this.#cache.get(name);')],
  },
  {
    name: 'no session check on insert',
    rule: 'E5',
    change: 'an answer that was given to an earlier session is cached',
    edits: [edit(lookup, "sessionId !== '' && sessionId === this.#lease.sessionId;", "sessionId !== '';")],
    test: {
      file: 'test/unit/frontend/stock-lookup.test.js',
      title: 'does not cache an answer that was given to an earlier session',
      why: 'seeds that show it are rare: the answer must be late by a whole session',
    },
  },
  {
    name: 'cacheable not looked at',
    rule: 'E5, C6',
    change: 'an answer is cached that the catalog will not take back',
    edits: [
      edit(
        lookup,
        'if (answer.stock && answer.cacheable && currentSession) {',
        'if (answer.stock && currentSession) {',
      ),
    ],
  },
  {
    name: 'no version floor',
    rule: 'E5, E6',
    change: 'an answer that an invalidation has overtaken is cached',
    edits: [
      edit(
        'src/frontend/stock-cache.js',
        'if (stock.version >= (this.#floors.get(stock.name) ?? 0)) {',
        'if (true) {',
      ),
    ],
  },
  {
    name: 'joins an older question',
    rule: 'E6',
    change: 'a lookup that begins after an invalidation gets the answer to one from before it',
    edits: [edit(lookup, 'this.#shared.delete(name);\n        failpoint(', 'failpoint(')],
    test: {
      file: 'test/unit/frontend/stock-lookup.test.js',
      title: 'does not let a request that starts after an invalidation join an older question',
      why: 'the older question must be under way for as long as a trade takes: one seed in some hundreds',
    },
  },
  {
    name: 'pending answers shared',
    rule: 'E5, C6',
    change: 'an answer that may not be cached is given to those who asked later',
    edits: [
      edit(
        lookup,
        'return answer.cacheable ? answer : this.#ask(name, this.#lease.sessionId);',
        'return answer;',
      ),
    ],
    test: {
      file: 'test/unit/frontend/stock-lookup.test.js',
      title: 'does not share an answer that may not be cached: what it says may be over by now',
      why: 'the answer must be given in the milliseconds of a commit, and be on its way until after it',
    },
  },
  {
    name: 'lease counted from the answer',
    rule: 'E7',
    change: 'the lease lasts longer here than at the catalog by as long as its answer was under way',
    edits: [edit(lease, 'sentMs + answer.leaseMs', 'clock.now() + answer.leaseMs')],
    test: {
      file: 'test/unit/frontend/cache-lease.test.js',
      title: 'lasts 2 % less than granted, counted from the sending of the request',
      why: 'the answer must be late, and the next one fail: one seed in some hundreds',
    },
  },
  {
    name: 'deposed leaders forgotten',
    rule: 'E2',
    change: 'a replica that another frontend does not reach is proposed again and again',
    edits: [edit('src/frontend/leader-finder.js', ' || Number(a.isDeposed) - Number(b.isDeposed)', '')],
    test: {
      file: 'test/simulation/scenarios.test.js',
      title: 'each is cut from the other one’s leader: they agree on a third',
      why: 'elections without end lose nothing, they cost time',
    },
  },
  {
    name: 'catalog process not compared',
    rule: 'E7',
    change: 'a session that another process of the catalog renews goes on',
    edits: [edit(lease, 'answer.catalogId !== this.#catalogId', 'false')],
    test: {
      file: 'test/unit/frontend/cache-lease.test.js',
      title: 'is not prolonged by another process of the catalog: that one cannot know what is cached',
      why: 'a doubled beginning must come late, to another process',
    },
  },
  {
    name: 'no tolerance for clocks',
    rule: 'E7',
    change: "both sides trust each other's clock",
    edits: [
      edit(lease, 'const clockTolerance = 0.98;', 'const clockTolerance = 1;'),
      edit('src/catalog/cache-sessions.js', 'const clockTolerance = 1.02;', 'const clockTolerance = 1;'),
    ],
    test: {
      file: 'test/unit/frontend/cache-lease.test.js',
      title: 'lasts 2 % less than granted, counted from the sending of the request',
      why: 'it shows only in the last milliseconds of a lease that is not renewed',
    },
  },
  {
    name: 'cache outlives its session',
    rule: 'E7',
    change: 'what was cached in an earlier session is served in the next one',
    edits: [edit(lease, 'this.#parts.onSessionEnd();', '')],
  },
];
