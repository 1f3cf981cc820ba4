import { code, message } from '../shared/answer-codes.js';
import { sameBody } from '../shared/domain.js';
import type { Order, Trade, TransactionNumber } from '../shared/domain.js';
import { failpoint } from '../shared/failpoint.js';
import type { LedgerPort } from './ledger-port.js';
import type { LedgerWatch } from './ledger-watch.js';
import type { OrderLog } from './order-log.js';

export type QueryAnswer =
  | { readonly code: typeof code.ok; readonly trade: Trade }
  | { readonly code: typeof code.notFound | typeof code.unavailable; readonly message: string };

const notFound: QueryAnswer = { code: code.notFound, message: message.orderNotFound };

/**
 * Finds executed orders (rule O6 of docs/protocol.md). What the log holds is final; what it does not hold does not
 * exist only if the ledger says so after the question arrived.
 */
export class OrderQuery {
  readonly #log: OrderLog;
  readonly #ledger: LedgerPort;
  readonly #watch: LedgerWatch;

  constructor(log: OrderLog, ledger: LedgerPort, watch: LedgerWatch) {
    this.#log = log;
    this.#ledger = ledger;
    this.#watch = watch;
  }

  /** Never rejects. */
  find(number: TransactionNumber): QueryAnswer | Promise<QueryAnswer> {
    const trade = this.#log.get(number);
    return trade ? { code: code.ok, trade } : this.#askLedger(number);
  }

  /** Whether the ledger executed this order under this number: 200, 409 if not, 503 if it cannot be told. */
  async confirms(number: TransactionNumber, order: Omit<Order, 'orderId'>): Promise<number> {
    const answer = await this.find(number);
    if (answer.code === code.unavailable) {
      return code.unavailable;
    }
    return answer.code === code.ok && sameBody(answer.trade, order) ? code.ok : code.conflict;
  }

  async #askLedger(number: TransactionNumber): Promise<QueryAnswer> {
    try {
      const { lastNumber } = await this.#watch.state();
      failpoint('order.query.confirmed');
      if (number < 1 || number > lastNumber) {
        return notFound;
      }
      const [trade] = (await this.#ledger.readJournal(number - 1, 1)).trades;
      return trade ? { code: code.ok, trade } : notFound;
    } catch {
      return { code: code.unavailable, message: message.catalogDown };
    }
  }
}
