// Pages of the list of orders. A page of a thousand orders costs far more than one order, here and at the replica:
// so few are under way at once, and equal ones are shared.
import pLimit from 'p-limit';
import { code, message } from '../shared/answer-codes.js';
import type { Clock } from '../shared/clock.js';
import { coalesce } from '../shared/coalesce.js';
import type { TransactionNumber } from '../shared/domain.js';
import { orderBody } from './answers.js';
import { dataBody, keep, type ApiAnswer } from './api-answer.js';
import { ApiError } from './api-error.js';
import type { ExecutedOrder } from './order-gateway.js';

/** How many pages are asked for at once; the others wait for their turn. */
const maxAtOnce = 4;
/** How many different pages may wait. */
const maxWaiting = 256;

export interface OrderList {
  /** The newest executed orders below `before`, newest first; undefined if no replica answers. */
  newest(limit: number, before?: TransactionNumber): Promise<readonly ExecutedOrder[] | undefined>;
}

interface SharedPage {
  readonly ask: () => Promise<ApiAnswer>;
  askers: number;
}

const unanswered = (): ApiError => new ApiError(code.unavailable, 'no order replica answers, try again');

function pageAnswer(orders: readonly ExecutedOrder[], limit: number): ApiAnswer {
  const oldest = orders.at(-1)?.number ?? 0;
  const next = oldest > 1 && { Link: `</orders?limit=${limit}&before=${oldest}>; rel="next"` };
  const body = dataBody(orders.map(orderBody));
  return { status: code.ok, headers: { ...keep.revalidated, ...next }, body };
}

export class OrderPages {
  readonly #list: OrderList;
  readonly #clock: Clock;
  readonly #budgetMs: number;
  readonly #turn = pLimit(maxAtOnce);
  readonly #pages = new Map<string, SharedPage>();

  /** @param budgetMs how long each request may wait for its page, ms */
  constructor(list: OrderList, clock: Clock, budgetMs: number) {
    this.#list = list;
    this.#clock = clock;
    this.#budgetMs = budgetMs;
  }

  /**
   * A page as it is at some moment after the call.
   * @throws ApiError 503: too many wait, or no replica answers in time
   */
  async page(limit: number, before: TransactionNumber | undefined): Promise<ApiAnswer> {
    const key = `${limit} ${before ?? ''}`;
    const page = this.#pages.get(key) ?? this.#share(key, limit, before);
    page.askers += 1;
    try {
      return await this.#inTime(page.ask());
    } finally {
      page.askers -= 1;
      if (page.askers === 0) {
        this.#pages.delete(key);
      }
    }
  }

  /** Each request has its own deadline, also one that shares a page with earlier ones. */
  #inTime(answer: Promise<ApiAnswer>): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const callOff = this.#clock.after(this.#budgetMs, () => reject(unanswered()));
      void answer.then(resolve, reject).finally(callOff);
    });
  }

  #share(key: string, limit: number, before: TransactionNumber | undefined): SharedPage {
    const page = { ask: coalesce(() => this.#ask(limit, before)), askers: 0 };
    this.#pages.set(key, page);
    return page;
  }

  async #ask(limit: number, before: TransactionNumber | undefined): Promise<ApiAnswer> {
    if (this.#turn.pendingCount >= maxWaiting) {
      throw new ApiError(code.unavailable, message.questionsFull);
    }
    const endMs = this.#clock.now() + this.#budgetMs;
    return this.#turn(async () => {
      const orders = this.#clock.now() < endMs ? await this.#list.newest(limit, before) : undefined;
      if (!orders) {
        throw unanswered();
      }
      return pageAnswer(orders, limit);
    });
  }
}
