// Rules of the order replicas: O1 to O7 and F1 to F4.
import type { Edit, Mutant } from './mutant.js';

const link = 'src/order/follower-link.js';
const log = 'src/order/order-log.js';
const replica = 'src/order/replica.js';
const replication = 'src/order/replication.js';
const sequencer = 'src/order/sequencer.js';

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

export const orderMutants: readonly Mutant[] = [
  {
    name: 'unknown outcome dropped',
    rule: 'O2',
    change: 'a batch whose outcome is unknown is called "not done"',
    edits: [
      edit(
        sequencer,
        'if (outcome?.code === code.unavailable && attempt > 1) {',
        'if (!outcome) {\n                return { code: code.unavailable, message: message.catalogDown };\n            }\n            if (false) {',
      ),
    ],
  },
  {
    name: 'second 503 called definite',
    rule: 'O2',
    change:
      'a repeated batch for which the disk has no room is called "not done", though the first may have been',
    edits: [edit(sequencer, 'if (outcome?.code === code.unavailable && attempt > 1) {', 'if (false) {')],
    test: {
      file: 'test/unit/order/sequencer.test.js',
      title: 'is not called "not done" when the ledger can do nothing the second time',
      why: 'the first batch must be overtaken by the second, and find room that the second did not',
    },
  },
  {
    name: 'acknowledge before replicas',
    rule: 'O4',
    change: 'an order is answered when the own disk has it',
    edits: [edit(replication, ' && links.every((link) => link.has(waiter.number));', ';')],
  },
  {
    name: 'leader answers before its fsync',
    rule: 'O4',
    change: "an order is answered while it is on its way to the leader's disk",
    edits: [edit(replication, '} = this.#log.durableEnd;', '} = this.#log.end;')],
  },
  {
    name: 'sent counts as acknowledged',
    rule: 'O4',
    change: 'a follower is taken to have what it was sent',
    edits: [
      edit(
        link,
        'const outcome = await this.#port.replicate(this.#leadership, lines);',
        'const answer = this.#port.replicate(this.#leadership, lines);\n' +
          '            this.#matchNumber = this.#inSync ? endWhenSent : this.#matchNumber;\n' +
          '            this.#onProgress();\n            const outcome = await answer;',
      ),
    ],
  },
  {
    name: 'in sync before level',
    rule: 'O4',
    change: 'answers wait for a follower that is still catching up',
    edits: [
      edit(link, '!this.#inSync && outcome.code === code.ok && this.has(endWhenSent)', '!this.#inSync'),
    ],
    test: {
      file: 'test/unit/order/follower-link.test.js',
      title: 'without a follower that still misses older ones',
      why: 'that costs time, and nothing else',
    },
  },
  {
    name: 'higher term ignored',
    rule: 'O5',
    change: 'a leader that hears of a later term stays in office',
    edits: [edit(replica, 'this.#leaveOffice(`replica ${leaderId} leads in term ${term}`);', '')],
  },
  {
    name: 'no confirmation before "not found"',
    rule: 'O6',
    change: 'what a replica does not hold is said not to exist',
    edits: [edit('src/order/order-query.js', ': this.#askLedger(number);', ': notFound;')],
  },
  {
    name: 'stays in office without a disk',
    rule: 'O7',
    change: 'a leader whose disk is full goes on',
    edits: [edit(replica, 'onLost(`the order log cannot be written: ${String(error)}`);', '')],
    test: {
      file: 'test/unit/order/replica.test.js',
      title: 'when its own disk is full, and answers nobody that the order is done',
      why: 'nobody is told anything wrong: clients wait until there is room, or their time is over',
    },
  },
  {
    name: 'lower terms accepted by followers',
    rule: 'F1',
    change: 'a follower takes trades from a leader whose term is over',
    edits: [edit(replica, 'if (leadership.term < this.#leadership.term) {', 'if (false) {')],
    test: {
      file: 'test/unit/order/replica.test.js',
      title: 'takes nothing from the leader of an earlier term',
      why: 'all that such a leader sends was decided in its term, is in the journal, and fits',
    },
  },
  {
    name: 'terms climbed in steps',
    rule: 'F1',
    change: 'a term is believed that is not far ahead of the last one that anybody has told',
    edits: [
      edit(replica, 'term <= this.#ledgerTerm + maxTermGap', 'term <= this.#leadership.term + maxTermGap'),
    ],
    test: {
      file: 'test/unit/order/replica.test.js',
      title: 'believes no term that the ledger would not follow, however small the steps to it',
      why: 'no fault that is masked forges terms: a peer has gone mad',
    },
  },
  {
    name: 'follower appends without comparing',
    rule: 'F1',
    change: 'a trade that does not continue the history is stored',
    edits: [
      edit(
        log,
        'if (trade?.number !== number || (known !== undefined && known !== line?.checksum)) {',
        'if (!trade) {',
      ),
    ],
    test: {
      file: 'test/unit/order/order-log.test.js',
      title: 'stops at a trade that differs from its own of that number',
      why: 'no fault that is masked makes two histories: somebody has restored an old disk',
    },
  },
  {
    name: 'follower acknowledges before fsync',
    rule: 'F2',
    change: 'a follower says that it has what is on its way to its disk',
    edits: [
      edit(replica, 'await log.appendLines(lines);', 'log.appendLines(lines).catch(() => undefined);'),
      edit(
        replica,
        'lastNumber: this.#parts.log.durableEnd.number };',
        'lastNumber: this.#parts.log.end.number };',
      ),
    ],
  },
  {
    name: 'never asks what it misses',
    rule: 'F3',
    change: 'a follower waits for a leader to send it what it misses',
    edits: [edit(replica, "if (this.role !== 'follower' || ", 'if (true || ')],
    test: {
      file: 'test/unit/order/replica.test.js',
      title: 'else the ledger',
      why: 'after healing a leader sends every follower what it misses',
    },
  },
  {
    name: 'no tail for a new leader',
    rule: 'F4',
    change: 'a replica leads without what was executed before its term began',
    edits: [edit(replica, "await this.#keeper.catchUp();\n            failpoint('order.campaign.won');", '')],
  },
  {
    name: 'leads before what it was sent is durable',
    rule: 'F4',
    change: 'a replica leads while what the leader before it sent is on its way to its disk',
    edits: [
      edit('src/order/catch-up.js', 'await log.settle();', ''),
      edit('src/order/catch-up.js', 'if (log.durableEnd.number >= number) {', '{'),
    ],
  },
  {
    name: 'leads before its log is durable',
    rule: 'F4',
    change: 'a replica leads while the trades that it missed are on their way to its disk',
    edits: [
      edit('src/order/catch-up.js', 'await stored;', ''),
      edit('src/order/catch-up.js', 'await log.settle();', ''),
      edit('src/order/catch-up.js', 'if (log.durableEnd.number >= number) {', '{'),
    ],
  },
];
