// Rules of the catalog: C1 to C9.
import type { Edit, Mutant } from './mutant.js';

const catalog = 'src/catalog/catalog.js';
const ledger = 'src/catalog/ledger.js';
const sessions = 'src/catalog/cache-sessions.js';
const visible = 'src/catalog/visible-stocks.js';

const invalidateAll =
  'await Promise.all(sessions.live(clock.now()).map((session) => this.#invalidate(session, touched)));';

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

export const catalogMutants: readonly Mutant[] = [
  {
    name: 'no catalog fsync',
    rule: 'C5',
    change: 'the catalog does not wait until its journal is durable',
    edits: [
      edit(
        'src/catalog/journal.js',
        'await this.#file.append(text);',
        'this.#file.append(text).catch(() => undefined);',
      ),
    ],
  },
  {
    name: 'effect before the journal',
    rule: 'C1, C5',
    change: 'a batch is in the ledger before it is in the journal',
    edits: [
      edit(
        catalog,
        "await this.#record(journal.appendBatch(proposal, term));\n            failpoint('catalog.trade.durable');\n            ledger.apply(proposal);",
        'ledger.apply(proposal);\n            await this.#record(journal.appendBatch(proposal, term));',
      ),
    ],
  },
  {
    name: 'many commits at a time',
    rule: 'C1',
    change: 'a batch is judged while another one is on its way to the disk',
    edits: [edit(catalog, 'await this.#lock.write(commit)', 'await commit()')],
  },
  {
    name: 'no fence',
    rule: 'C2',
    change: 'a leader whose term is over goes on trading',
    edits: [
      edit(
        catalog,
        'if (fromLeader && (batch.term !== term || batch.leaderId !== leaderId)) {',
        'if (false) {',
      ),
    ],
  },
  {
    name: 'no dedupe',
    rule: 'C3',
    change: 'an order that was decided before is decided again',
    edits: [edit(ledger, 'draft.decided.get(order.orderId) ?? this.#earlier(order.orderId);', 'undefined;')],
  },
  {
    name: 'no tombstone',
    rule: 'C3',
    change: 'a refusal is not recorded: a late duplicate is judged by the stocks of its time',
    edits: [edit(ledger, 'draft.refusals.push(refusal);', '')],
  },
  {
    name: 'key stands for any body',
    rule: 'C3',
    change: 'another order under a known key gets the answer of the first one',
    edits: [edit(ledger, 'if (!sameBody(earlier, order)) {', 'if (false) {')],
    test: {
      file: 'test/unit/catalog/ledger.test.js',
      title: 'cannot be used for another order, not even within a batch',
      why: 'simulated clients use a key for one order only',
    },
  },
  {
    name: 'number mismatch ignored',
    rule: 'C4',
    change: 'a batch is taken whichever number its leader expects',
    edits: [
      edit(
        catalog,
        'if (fromLeader && hasNew && batch.firstNumber !== ledger.end.number + 1) {',
        'if (false) {',
      ),
    ],
    test: {
      file: 'test/unit/catalog/catalog.test.js',
      title: 'only with the number that is next, if there is anything new in them',
      why: 'a leader sees by the numbers of the decisions, too, what it misses; only a log that is longer than the journal, an old disk restored, would do harm',
    },
  },
  {
    name: 'visible before invalidated',
    rule: 'C6',
    change: 'lookups show a trade while caches still show the state before it',
    edits: [
      edit(
        visible,
        invalidateAll,
        `for (const [name, stock] of touched) {\n            this.#visible.set(name, stock);\n        }\n        ${invalidateAll}`,
      ),
    ],
  },
  {
    name: 'no pending mark',
    rule: 'C6',
    change: 'a stock may be cached while its caches are being emptied',
    edits: [edit(visible, 'this.#pending.add(name);', '')],
  },
  {
    name: 'invalidate without waiting',
    rule: 'C6',
    change: 'a trade is answered while caches are being told of it',
    edits: [edit(visible, invalidateAll, invalidateAll.replace('await', 'void'))],
  },
  {
    name: 'no lease wait',
    rule: 'C6',
    change: 'a frontend that does not take its invalidation is not waited for',
    edits: [edit(visible, '() => this.#leaseEnd(session, over.signal));', '() => undefined);')],
  },
  {
    name: 'no term bump',
    rule: 'C7',
    change: 'the new leader trades in the term of the one before it',
    edits: [edit(catalog, 'term: observed + 1,', 'term: Math.max(1, observed),')],
  },
  {
    name: 'stale claims granted',
    rule: 'C7',
    change: 'a replica gets the term after the one that it has seen, though that one is long over',
    edits: [edit(catalog, 'if (observed < term || observed', 'if (observed')],
  },
  {
    name: 'term not recorded',
    rule: 'C7',
    change: 'a term is granted before it is on the disk',
    edits: [edit(catalog, 'await this.#record(journal.appendTerm(leadership));', '')],
  },
  {
    name: 'log of a candidate not compared',
    rule: 'C7',
    change: 'a replica whose log is not a prefix of the journal may lead',
    edits: [edit(catalog, 'if (logEnd.number !== 0 && ', 'if (false && ')],
    test: {
      file: 'test/unit/catalog/catalog.test.js',
      title: 'to no replica whose log is longer than the journal, or differs from it, and raises the alarm',
      why: 'no fault that is masked makes such a log: somebody has restored an old disk',
    },
  },
  {
    name: 'no grace after a catalog restart',
    rule: 'C8',
    change: 'trades go on at once, while frontends have leases of the process before',
    edits: [edit(catalog, 'parts.clock.sleep(parts.sessions.longestLeaseMs)', 'Promise.resolve()')],
  },
  {
    name: 'deaf frontends renewed',
    rule: 'C9',
    change: 'a frontend that leaves an invalidation unanswered keeps its lease, and every trade waits for it',
    edits: [edit(sessions, "return 'withheld';", '')],
  },
  {
    name: 'late duplicate of a begin forgets',
    rule: 'C6, E7',
    change: 'a doubled RenewLease makes the catalog forget what the session was handed',
    edits: [edit(sessions, 'if (this.#sessions.has(id)) {', 'if (false) {')],
    test: {
      file: 'test/unit/catalog/cache-sessions.test.js',
      title: 'forget nothing when the request that began them comes a second time',
      why: 'the second request must come after the first lookup and before the next trade: one seed in some hundreds',
    },
  },
];
