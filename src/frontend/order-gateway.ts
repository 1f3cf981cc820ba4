// Gets an order to whoever leads, and a question about an order to whoever can answer (rules E3 and E4 of
// docs/protocol.md). A leader that fails in between is not noticed by the client, other than by the delay.
import { code, message } from '../shared/answer-codes.js';
import type { Clock } from '../shared/clock.js';
import type { Order, ReplicaId, Term, TransactionNumber } from '../shared/domain.js';
import { failpoint } from '../shared/failpoint.js';
import type { LeaderFinder } from './leader-finder.js';
import type { RequestTrace } from './request-trace.js';

export interface OrderAnswer {
  readonly code: number;
  readonly message: string;
  /** 0 unless the code is 200. */
  readonly number: TransactionNumber;
  /** Who said it, and in which term; left out where it was nobody. For the log only. */
  readonly replica?: ReplicaId;
  readonly term?: Term;
}

/** An executed order as a client sees it. */
export interface ExecutedOrder {
  readonly number: TransactionNumber;
  readonly name: string;
  readonly type: string;
  readonly quantity: number;
}

export type QueryAnswer =
  | { readonly code: typeof code.ok; readonly order: ExecutedOrder }
  | { readonly code: number; readonly message: string };

/** What the gateway needs of an order replica. Each method throws when no answer came: the outcome is unknown then. */
export interface OrderPort {
  readonly id: ReplicaId;
  order(order: Order, traceId: string, traceparent?: string): Promise<OrderAnswer>;
  query(number: TransactionNumber): Promise<QueryAnswer>;
  newest(limit: number, before?: TransactionNumber): Promise<readonly ExecutedOrder[]>;
}

export interface GatewayLimits {
  /** How long a request is tried before it is given up, ms. */
  readonly budgetMs: number;
  /** How many orders may be under way. */
  readonly maxInFlight: number;
  /** How many questions about orders may be under way. */
  readonly maxQuestions: number;
}

/** How long to wait before the replicas are asked again, if nothing is heard before, ms. */
const retryIntervalMs = 25;

const isKnown = (answer: QueryAnswer): boolean => answer.code !== code.unavailable;
const nobodyKnows: QueryAnswer = { code: code.unavailable, message: message.catalogDown };
const tooManyQuestions: QueryAnswer = { code: code.unavailable, message: message.questionsFull };

export class OrderGateway {
  readonly #replicas: ReadonlyMap<ReplicaId, OrderPort>;
  readonly #finder: LeaderFinder;
  readonly #clock: Clock;
  readonly #limits: GatewayLimits;
  #ordersInFlight = 0;
  #questionsInFlight = 0;

  constructor(replicas: readonly OrderPort[], finder: LeaderFinder, clock: Clock, limits: GatewayLimits) {
    this.#replicas = new Map(replicas.map((replica) => [replica.id, replica]));
    this.#finder = finder;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** How many orders are under way. */
  get ordersInFlight(): number {
    return this.#ordersInFlight;
  }

  /** Whether so many orders are under way that another one would be turned away. */
  get isFull(): boolean {
    return this.#ordersInFlight >= this.#limits.maxInFlight;
  }

  /**
   * Executes an order once, however many leaders it takes.
   * @returns code 503 and "outcome unknown" when the time is over; 503 at once when too many are under way; never rejects
   */
  submit(order: Order, traceId: string, traceparent?: string): Promise<OrderAnswer> {
    const { budgetMs } = this.#limits;
    if (this.isFull) {
      return Promise.resolve({ code: code.unavailable, message: message.queueFull, number: 0 });
    }
    this.#ordersInFlight += 1;
    const trace = { requestId: traceId, traceparent };
    return new Promise((resolve) => {
      const progress = { wasSent: false };
      const giveUp = () => {
        const text = progress.wasSent ? message.outcomeUnknown : message.noLeader;
        resolve({ code: code.unavailable, message: text, number: 0 });
      };
      const callOff = this.#clock.after(budgetMs, giveUp);
      void this.#submitUntil(order, trace, this.#clock.now() + budgetMs, progress).then((answer) => {
        this.#ordersInFlight -= 1;
        callOff();
        return answer ? resolve(answer) : giveUp();
      });
    });
  }

  /**
   * Finds an executed order, with the leader or, if that cannot tell, any other replica.
   * @returns code 503 if nobody can tell in time, and at once when too many questions are under way; never rejects
   */
  async query(number: TransactionNumber): Promise<QueryAnswer> {
    if (this.#questionsInFlight >= this.#limits.maxQuestions) {
      return tooManyQuestions;
    }
    this.#questionsInFlight += 1;
    try {
      return await this.#askReplicas((replica) => replica.query(number), isKnown, nobodyKnows);
    } finally {
      this.#questionsInFlight -= 1;
    }
  }

  /** The newest executed orders below `before`, newest first; undefined if no replica answers. */
  newest(limit: number, before?: TransactionNumber): Promise<readonly ExecutedOrder[] | undefined> {
    return this.#askReplicas(
      (replica) => replica.newest(limit, before),
      () => true,
      undefined,
    );
  }

  /** Undefined: no definite answer came. `progress` tells whether the order may have been executed nevertheless. */
  async #submitUntil(
    order: Order,
    trace: RequestTrace,
    endMs: number,
    progress: { wasSent: boolean },
  ): Promise<OrderAnswer | undefined> {
    while (this.#clock.now() < endMs) {
      const leader = this.#finder.leader ?? (await this.#finder.waitForLeader(endMs - this.#clock.now()));
      const replica = leader && this.#replicas.get(leader.leaderId);
      if (!replica) {
        return undefined;
      }
      const isRetry = progress.wasSent;
      progress.wasSent = true;
      failpoint('frontend.order.sending');
      const answer = await replica.order(order, trace.requestId, trace.traceparent).catch(() => undefined);
      if (answer && answer.code !== code.notLeader) {
        failpoint('frontend.order.answered');
        // "Not done" is not known for certain where an earlier attempt may have been executed.
        return answer.code === code.unavailable && isRetry ? undefined : answer;
      }
      failpoint('frontend.order.retrying');
      if (answer) {
        await this.#finder.refresh();
      } else {
        this.#finder.suspect(replica.id);
      }
      await this.#finder.waitForChange(retryIntervalMs);
    }
    return undefined;
  }

  /**
   * Asks one replica after the other for a final answer. Else gives the last one that came, at once if all replicas have
   * answered, or `none`. A replica that does not answer a question is not suspected for it: it may only have too many of
   * them, and heartbeats find out soon enough if it is down.
   */
  async #askReplicas<Answer, None>(
    ask: (replica: OrderPort) => Promise<Answer>,
    isFinal: (answer: Answer) => boolean,
    none: None,
  ): Promise<Answer | None> {
    const endMs = this.#clock.now() + this.#limits.budgetMs;
    let last: Answer | undefined;
    while (this.#clock.now() < endMs) {
      let undecided = 0;
      for (const id of this.#finder.reachableIds) {
        try {
          const answer = await ask(this.#replicas.get(id) as OrderPort);
          if (isFinal(answer)) {
            return answer;
          }
          last = answer;
          undecided += 1;
        } catch {
          // The next one may know.
        }
      }
      if (undecided === this.#replicas.size) {
        return last as Answer;
      }
      // One that is away may be back in a moment, and know.
      await this.#finder.waitForChange(retryIntervalMs);
    }
    return last ?? none;
  }
}
