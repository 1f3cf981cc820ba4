// Rules of a ledger in a database that several catalogs share: D1 to D6.
import type { Edit, Mutant } from './mutant.js';

const catalog = 'src/catalog/catalog.js';
const catalogTest = 'test/unit/catalog/catalog.test.js';
const copy = 'src/catalog/database/ledger-copy.js';
const journal = 'src/catalog/database/database-journal.js';
const lease = 'src/catalog/database/activity-lease.js';
const standby = 'src/catalog/database/standby.js';
const statements = 'src/catalog/database/postgres-ledger.js';

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

const place = 'database' as const;

const sent = 'await this.#database.add(this.#activity.epoch, addition)';

/** What only the statements of the real database can get wrong. */
const inSql = (title: string) => ({
  file: 'test/integration/ledger-database.test.js',
  title,
  needsPostgres: true,
  why: 'the simulated database is one of its own, held to the same tests',
});

export const databaseMutants: readonly Mutant[] = [
  {
    name: 'epoch not looked at',
    rule: 'D1',
    change: 'a catalog adds records in whatever epoch it is',
    place,
    edits: [edit(journal, sent, 'await this.#database.add((await this.#database.head()).epoch, addition)')],
  },
  {
    name: 'epoch not looked at in the transaction',
    rule: 'D1',
    change: 'the statement that adds records does so in any epoch',
    edits: [edit(statements, 'WHERE epoch = $1 AND records = $2', 'WHERE $1::bigint >= 0 AND records = $2')],
    test: inSql('adds nothing in an epoch that is over'),
  },
  {
    name: 'takeover in the same epoch',
    rule: 'D1',
    change: 'a catalog takes over without beginning an epoch, so that the one before it goes on',
    place,
    edits: [edit(standby, 'database.claim(seen)', 'database.renew(seen.epoch)')],
  },
  {
    name: 'takeover in the same epoch, in the transaction',
    rule: 'D1',
    change: 'the statement that claims does not count the epoch up',
    edits: [edit(statements, 'epoch = epoch + 1, renewals', 'renewals')],
    test: inSql('begins the next epoch with each claim'),
  },
  {
    name: 'claim of what has moved on',
    rule: 'D5',
    change: 'the statement that claims does not ask whether anything was written meanwhile',
    edits: [edit(statements, "'epoch = $1 AND renewals = $2'", "'epoch = $1 AND $2::bigint >= 0'")],
    test: inSql('grants no claim after anything was written, and one of two'),
  },
  {
    name: 'number of records not looked at',
    rule: 'D2',
    change: 'a batch is added to however many records there are, so also when it arrives twice',
    place,
    edits: [
      edit(
        'test/support/memory-database.js',
        'if (this.#head.epoch !== epoch || this.#head.records !== addition.after) {',
        'if (this.#head.epoch !== epoch) {',
      ),
    ],
  },
  {
    name: 'number of records not looked at in the transaction',
    rule: 'D2',
    change: 'the statement that adds records does so after any others',
    edits: [edit(statements, 'WHERE epoch = $1 AND records = $2', 'WHERE epoch = $1 AND $2::bigint >= 0')],
    test: inSql('adds nothing a second time, nor behind a gap'),
  },
  {
    name: 'no wait for the database',
    rule: 'C5',
    change: 'a batch is answered when it is on its way to the database',
    place,
    edits: [
      edit(
        journal,
        `const done = ${sent};`,
        'this.#database.add(this.#activity.epoch, addition).catch(() => undefined);\n            const done = true;',
      ),
    ],
  },
  {
    name: 'unknown outcome called failed',
    rule: 'D3',
    change: 'a batch whose answer was lost is called "not done", though it may be recorded',
    place,
    edits: [
      edit(
        journal,
        'if (error instanceof DatabaseAwayError) {\n                return false;',
        "if (error instanceof DatabaseAwayError) {\n                throw new DiskFullError('');",
      ),
    ],
  },
  {
    name: 'recorded batch forgotten',
    rule: 'D3',
    change: 'a batch that is found to be recorded after its answer was lost is called "not done"',
    place,
    edits: [
      edit(
        journal,
        'return grown > 0;',
        "if (grown > 0) {\n            this.#records += grown;\n            throw new DiskFullError('');\n        }\n        return false;",
      ),
    ],
  },
  {
    name: 'recorded batch sent again',
    rule: 'D3',
    change: 'a batch whose answer was lost is added once more, behind itself',
    place,
    edits: [
      edit(
        journal,
        'return grown > 0;',
        'Object.assign(addition, { after: head.records });\n        return false;',
      ),
    ],
  },
  {
    name: 'lease trusted for ever',
    rule: 'D4',
    change: 'a catalog answers until it hears that another one is the active one',
    place,
    edits: [edit(lease, ' && clock.now() - this.#renewedMs < leaseMs * (1 - clockTolerance);', ';')],
  },
  {
    name: 'activity counted from the answer',
    rule: 'D4',
    change: 'a lease begins when its renewal is answered, rather than when it was sent',
    edits: [edit(lease, 'this.renewed(sentMs);', 'this.renewed(clock.now());')],
    test: {
      file: 'test/unit/catalog/database/activity-lease.test.js',
      title: 'is no longer for the time that its renewal took',
      why: 'the renewal must take long, and be the last one before another catalog takes over',
    },
  },
  {
    name: 'journal read without the lease',
    rule: 'D4',
    change: 'what a catalog read is told, though another one may have added to it meanwhile',
    edits: [edit(catalog, 'return this.#answers ? page : this.readJournal(after, limit);', 'return page;')],
    test: {
      file: catalogTest,
      title: 'reads the journal again if it may have been replaced while it read',
      why: 'another catalog must take over while a question waits for a commit',
    },
  },
  {
    name: 'sent away by a catalog of the past',
    rule: 'D4',
    change: 'a leader is told that its term is over by a catalog that may be the active one no more',
    edits: [edit(catalog, 'outcome.code === code.unavailable || this.#activity.holds', 'true')],
    place,
    test: {
      file: catalogTest,
      title: 'raises no alarm about what another catalog may have recorded',
      why: 'whoever is sent away asks again: it costs time, and a false alarm',
    },
  },
  {
    name: 'cache leases of a catalog of the past',
    rule: 'D4',
    change: 'a catalog lets frontends cache when it may be the active one no more',
    edits: [
      edit(
        catalog,
        "if (!this.#activity.holds) {\n            return 'withheld';\n        }\n        const outcome",
        'const outcome',
      ),
    ],
    test: {
      file: catalogTest,
      title: 'grants no right to cache, and says that it takes no trades',
      why: 'the lookup that would be cached is not answered, either',
    },
  },
  {
    name: 'takeover while the lease moves',
    rule: 'D5',
    change: 'a catalog that stands by takes over from one that lives',
    place,
    edits: [edit(lease, 'return head.released || nowMs - this.#sinceMs >= ', 'return true || ')],
  },
  {
    name: 'no grace after a takeover',
    rule: 'D5, C8',
    change: 'a catalog that takes over answers at once, while frontends have leases of the one before it',
    edits: [edit(catalog, 'parts.clock.sleep(parts.sessions.longestLeaseMs)', 'Promise.resolve()')],
    test: {
      file: catalogTest,
      title: 'answers nothing until every lease of an earlier process has ended',
      why: 'the catalog before must have renewed a lease in its last moments, and orders reach the new one at once',
    },
  },
  {
    name: 'takeover without the last records',
    rule: 'D6',
    change: 'a catalog takes over with the copy that it has, which may lack the last records',
    edits: [
      edit(standby, 'while (ledger.records < head.records) {', 'while (false) {'),
      edit(copy, 'if (!fits) {', 'if (false) {'),
    ],
    test: {
      file: 'test/unit/catalog/database/database-journal.test.js',
      title: 'is taken over with the last records, though they could not be read before',
      why: 'the last look before a claim has read them, unless the database was away just then',
    },
  },
];
