// What the order replicas use to reach the catalog and each other: the twins of src/order/*-client.ts.
import { parseTradeLines } from '../support/trade-lines.js';
import type { BatchOutcome, JournalPage, LedgerPort, TermOutcome } from '../../src/order/ledger-port.js';
import type { PeerPort } from '../../src/order/replica.js';
import type { ReplicateOutcome } from '../../src/order/follower-link.js';
import { code, message } from '../../src/shared/answer-codes.js';
import type { Leadership, ReplicaId, Trade, TransactionNumber } from '../../src/shared/domain.js';
import type { CatalogMachine } from './catalog-machine.js';
import type { Life } from './life.js';
import { Connection } from './network.js';
import type { OrderMachine } from './order-machine.js';
import { callDeadlineMs as deadlineMs } from './settings.js';
import type { World } from './world.js';

export function ledgerPort(world: World, from: Life, to: CatalogMachine, replicaId: ReplicaId): LedgerPort {
  const { network, history } = world;
  const connection = new Connection();
  return {
    trade(leadership, firstNumber, orders): Promise<BatchOutcome> {
      history.leads(replicaId, leadership.term);
      const keys = orders.map(({ orderId }) => orderId).join(' ');
      const what = `trade(term ${leadership.term}, from ${firstNumber}: ${keys})`;
      return network.call({ from, to, what, deadlineMs, connection }, async () => {
        const outcome = await to.catalog.trade({ ...leadership, firstNumber, orders });
        if (outcome.code === code.ok && outcome.term !== leadership.term) {
          history.violation(`I8: replica ${replicaId} traded in term ${leadership.term} after it had ended`);
        }
        if (outcome.message === message.diskFull && !/(^|\n)$/.test(to.file.text)) {
          history.violation('C12: the catalog refuses for its full disk what stands there in part');
        }
        const decisions = outcome.decisions.map((decision) => ({
          message: '',
          number: 0,
          term: 0,
          ...decision,
        }));
        return { ...outcome, decisions };
      });
    },
    beginTerm(id, observed, logEnd): Promise<TermOutcome> {
      const what = `beginTerm(${id}, seen ${observed}, log ${logEnd.number})`;
      const { number, checksum } = logEnd;
      return network.call({ from, to, what, deadlineMs }, async () => {
        const outcome = await to.catalog.beginTerm(id, observed, { number, checksum });
        if (outcome.code === code.ok) {
          history.begins(outcome.term, outcome.lastNumber);
        }
        return outcome;
      });
    },
    readJournal(after: TransactionNumber, limit: number): Promise<JournalPage> {
      const what = `readJournal(${after}, ${limit})`;
      return network.call({ from, to, what, deadlineMs }, () => to.catalog.readJournal(after, limit));
    },
  };
}

export function peerPort(world: World, from: Life, to: OrderMachine): PeerPort {
  const { network } = world;
  const connection = new Connection();
  return {
    id: to.id,
    replicate(leadership: Leadership, lines: Buffer): Promise<ReplicateOutcome> {
      const numbers = parseTradeLines(lines).map(({ number }) => number);
      const what = `replicate(term ${leadership.term}: ${numbers.join(' ')})`;
      return network.call({ from, to, what, deadlineMs, connection }, () =>
        to.replica.replicate(leadership, lines),
      );
    },
    tradesAfter(number: TransactionNumber, limit: number): Promise<readonly Trade[]> {
      const what = `syncUp(${number})`;
      return network.call({ from, to, what, deadlineMs }, () => to.log.after(number, limit));
    },
  };
}
