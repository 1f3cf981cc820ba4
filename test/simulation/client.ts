// A client of the frontends: posts orders, looks stocks up, asks for orders, and writes down what it was told.
import { code } from '../../src/shared/answer-codes.js';
import type { Dice } from './dice.js';
import type { Cluster } from './cluster.js';
import type { FrontendMachine } from './frontend-machine.js';
import type { Posted, Queried } from '../checker/history.js';
import { Life } from './life.js';
import { initialStocks } from './settings.js';
import type { World } from './world.js';

export interface OrderBody {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly quantity: number;
}

/** Longer than any answer takes from a frontend that works, ms. */
const patienceMs = 6_000;

const isDefinite = (answerCode: number): boolean => answerCode !== 0 && answerCode !== code.unavailable;

export class Client {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #frontends: readonly FrontendMachine[];
  readonly #life: Life;
  readonly #dice: Dice;
  readonly #keys: OrderBody[];
  #underWay = 0;
  #placed = 0;
  #stopping = false;

  /** @param keys all orders that any client has begun, to be posted again */
  constructor(name: string, world: World, cluster: Cluster, keys: OrderBody[]) {
    this.#world = world;
    this.#cluster = cluster;
    this.#frontends = cluster.frontends;
    this.#life = new Life(name, world.timeline, 1);
    this.#dice = world.dice.fork();
    this.#keys = keys;
  }

  /** Begins nothing new any more. */
  stop(): void {
    this.#stopping = true;
  }

  /** How many requests have no definite answer yet. */
  get underWay(): number {
    return this.#underWay;
  }

  async run(meanPauseMs: number): Promise<void> {
    while (!this.#stopping) {
      await this.#life.sleep(this.#dice.wait(meanPauseMs));
      if (!this.#stopping) {
        await this.#act();
      }
    }
  }

  /** A new order and a lookup that must be answered properly at once: for a system without trouble. */
  async probe(): Promise<void> {
    const order = this.#newOrder();
    for (const frontend of this.#frontends) {
      const posted = await this.post(frontend, order);
      if (!isDefinite(posted.code)) {
        this.#world.history.violation(`I12: after healing ${order.key} got ${posted.code} ${posted.message}`);
      }
      for (const { name } of initialStocks) {
        await this.lookUp(frontend, name);
      }
    }
  }

  async #act(): Promise<void> {
    const roll = this.#dice.whole(1, 100);
    if (roll <= 35) {
      await this.#place(this.#newOrder());
    } else if (roll <= 42) {
      const order = this.#newOrder();
      await Promise.all([this.#place(order), this.#place(order)]);
    } else if (roll <= 46) {
      const orders = Array.from({ length: this.#dice.whole(2, 12) }, () => this.#newOrder());
      await Promise.all(orders.map((order) => this.#place(order)));
    } else if (roll <= 54 && this.#keys.length > 0) {
      await this.#place(this.#dice.pick(this.#keys));
    } else if (roll <= 58 && this.#world.hasStrangers) {
      await this.#tradeDirectly(this.#newOrder());
    } else if (roll <= 90) {
      await this.#compare(this.#dice.pick(initialStocks).name);
    } else {
      await this.#query();
    }
  }

  /** What any gRPC client can do: a trade without a term, behind the leader's back. */
  async #tradeDirectly(order: OrderBody): Promise<void> {
    const { key: orderId, name, type, quantity } = order;
    const { catalog } = this.#cluster;
    const sentMs = this.#world.timeline.nowMs;
    const bare = { term: 0, leaderId: 0, firstNumber: 0, orders: [{ orderId, name, type, quantity }] };
    const { network } = this.#world;
    const route = {
      from: this.#life,
      to: catalog,
      what: `bare trade(${orderId})`,
      deadlineMs: patienceMs,
      isReliable: true,
    };
    this.#underWay += 1;
    const outcome = await network.call(route, () => catalog.catalog.trade(bare)).catch(() => undefined);
    this.#underWay -= 1;
    // Without an answer it may have been executed all the same.
    const decision = outcome?.decisions[0] ?? { code: 0 };
    const doublesPossible = network.habits.doubles > 0;
    this.#note({ ...order, message: '', number: 0, ...decision, sentMs, doublesPossible });
  }

  /** The same stock here and there, in quick succession: who is behind is found out. */
  async #compare(name: string): Promise<void> {
    for (let turn = this.#dice.whole(1, 6); turn > 0 && !this.#stopping; turn -= 1) {
      await this.lookUp(this.#dice.pick(this.#frontends), name);
    }
  }

  #newOrder(): OrderBody {
    this.#placed += 1;
    const dice = this.#dice;
    const order = {
      key: `${this.#life.name}.${this.#placed}`,
      name: dice.chance(0.02) ? 'Nothing' : dice.pick(initialStocks).name,
      type: dice.pick(['buy', 'buy', 'sell']),
      quantity: dice.whole(dice.chance(0.05) ? -1 : 1, 4),
    };
    this.#keys.push(order);
    return order;
  }

  /** Posts an order until there is a definite answer, or now and then gives up. */
  async #place(order: OrderBody): Promise<void> {
    this.#underWay += 1;
    const attempts = this.#dice.chance(0.2) ? 1 : Infinity;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const posted = await this.post(this.#dice.pick(this.#frontends), order);
      if (isDefinite(posted.code)) {
        break;
      }
      await this.#life.sleep(this.#dice.between(5, 150));
    }
    this.#underWay -= 1;
  }

  /** One attempt. */
  async post(frontend: FrontendMachine, order: OrderBody): Promise<Posted> {
    const { key, name, type, quantity } = order;
    const sentMs = this.#world.timeline.nowMs;
    const { network } = this.#world;
    // Healed meanwhile or not: what was doubled on its way may come late.
    const doubledBefore = network.habits.doubles > 0;
    const answer = await this.#ask(frontend, `post(${key} ${type} ${quantity} ${name})`, () =>
      frontend.cores.gateway.submit({ orderId: key, name, type, quantity }, key),
    ).catch((error: Error) => ({ code: 0, message: error.message, number: 0 }));
    const doublesPossible = doubledBefore || network.habits.doubles > 0;
    return this.#note({ ...order, ...answer, sentMs, doublesPossible });
  }

  #note(outcome: Omit<Posted, 'answeredMs'>): Posted {
    const posted = { ...outcome, answeredMs: this.#world.timeline.nowMs };
    const { key, code: answer, number, message } = posted;
    this.#world.trace.add(this.#life.name, `learns ${key}: ${answer} ${number} ${message}`);
    this.#world.history.posts.push(posted);
    return posted;
  }

  /** One lookup, answered or not. */
  async lookUp(frontend: FrontendMachine, name: string): Promise<void> {
    this.#underWay += 1;
    const sentMs = this.#world.timeline.nowMs;
    const found = await this.#ask(frontend, `lookup(${name})`, async () => {
      const { stocks } = frontend.cores;
      const cached = stocks.cached(name);
      return cached
        ? { stock: cached, use: 'HIT' }
        : await stocks.find(name).catch(() => ({ stock: undefined, use: '503' }));
    }).catch(() => undefined);
    this.#underWay -= 1;
    if (found?.stock) {
      const { quantity, version } = found.stock;
      const answeredMs = this.#world.timeline.nowMs;
      const { use } = found;
      this.#world.trace.add(this.#life.name, `sees ${name} with ${quantity} at ${version}, ${use}`);
      this.#world.history.lookups.push({
        name,
        by: `${frontend.name} (${use})`,
        sentMs,
        answeredMs,
        quantity,
        version,
      });
    }
  }

  async #query(): Promise<void> {
    this.#underWay += 1;
    const { posts, queries } = this.#world.history;
    const known = posts.slice(-20).map((posted) => posted.number);
    const number = Math.max(1, this.#dice.pick([...known, 1]) + this.#dice.whole(0, 1));
    const sentMs = this.#world.timeline.nowMs;
    const frontend = this.#dice.pick(this.#frontends);
    const answer = await this.#ask(frontend, `query(${number})`, () =>
      frontend.cores.gateway.query(number),
    ).catch(() => undefined);
    this.#underWay -= 1;
    if (answer) {
      const order = 'order' in answer ? answer.order : undefined;
      const queried: Queried = {
        number,
        sentMs,
        answeredMs: this.#world.timeline.nowMs,
        code: answer.code,
        order,
      };
      queries.push(queried);
    }
  }

  #ask<T>(frontend: FrontendMachine, what: string, handle: () => Promise<T>): Promise<T> {
    const { network } = this.#world;
    const route = { from: this.#life, to: frontend, what, deadlineMs: patienceMs, isReliable: true };
    return network.call(route, handle);
  }
}
