// The network between the ports: a call is a request and an answer, each of which may be late, lost or overtaken by
// others; a request may also arrive twice.
import type { Dice } from './dice.js';
import type { Host } from './host.js';
import type { Life } from './life.js';
import type { Timeline } from './timeline.js';
import type { Trace } from './trace.js';

/** Nobody listens there: said at once. */
export class RefusedError extends Error {}

/** Calls that share a connection: when it is given up, all of them are. */
export class Connection {
  readonly #calls = new Set<(error: Error) => void>();

  join(giveUp: (error: Error) => void): () => void {
    this.#calls.add(giveUp);
    return () => this.#calls.delete(giveUp);
  }

  reset(reason: string): void {
    const calls = [...this.#calls];
    this.#calls.clear();
    calls.forEach((giveUp) => giveUp(new Error(reason)));
  }
}

export interface Route {
  readonly from: Life;
  readonly to: Host;
  readonly what: string;
  /** After this long the caller gives up. Without it, a lost message breaks the connection some time later. */
  readonly deadlineMs?: number;
  readonly connection?: Connection;
  readonly signal?: AbortSignal;
  /** Not subject to the network's habits: between clients and frontends. */
  readonly isReliable?: boolean;
}

export interface NetworkHabits {
  readonly delayMs: number;
  /** Probability of a delay of up to `longDelayMs`. */
  readonly longDelays: number;
  readonly longDelayMs: number;
  readonly losses: number;
  readonly doubles: number;
}

const calmNetwork: NetworkHabits = {
  delayMs: 0.4,
  longDelays: 0,
  longDelayMs: 0,
  losses: 0,
  doubles: 0,
};

/** How long it takes until a connection is found to be dead that nobody has a deadline for, ms. */
const keepaliveMs = 3_500;

/** One call under way, seen from the caller. */
class PendingCall<T> {
  readonly promise: Promise<T>;
  #resolve!: (value: T) => void;
  #reject!: (error: Error) => void;
  #open = true;
  readonly #cleanUp: (() => unknown)[] = [];

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get open(): boolean {
    return this.#open;
  }

  whenOver(cleanUp: () => unknown): void {
    if (this.#open) {
      this.#cleanUp.push(cleanUp);
    } else {
      cleanUp();
    }
  }

  answer(value: T): void {
    this.#finish(() => this.#resolve(value));
  }

  fail(error: Error): void {
    this.#finish(() => this.#reject(error));
  }

  #finish(settle: () => void): void {
    if (this.#open) {
      this.#open = false;
      this.#cleanUp.forEach((step) => step());
      settle();
    }
  }
}

export class Network {
  readonly #timeline: Timeline;
  readonly #dice: Dice;
  readonly #trace: Trace;
  readonly #cuts = new Map<string, { readonly untilMs: number; readonly isTold: boolean }>();
  habits = calmNetwork;

  constructor(timeline: Timeline, dice: Dice, trace: Trace) {
    this.#timeline = timeline;
    this.#dice = dice;
    this.#trace = trace;
  }

  /**
   * Nothing gets from one host to the other for a while.
   * @param isTold whether callers are told at once that there is no way, or wait in vain
   */
  cut(from: string, to: string, ms: number, isTold: boolean): void {
    this.#cuts.set(`${from}>${to}`, { untilMs: this.#timeline.nowMs + ms, isTold });
  }

  heal(): void {
    this.#cuts.clear();
    this.habits = calmNetwork;
  }

  /**
   * @param handle what the receiving process does; it runs once, never, or twice
   * @throws RefusedError, or any other error when no answer came: the outcome is unknown then
   */
  call<T>(route: Route, handle: () => T | Promise<T>): Promise<T> {
    const { from, to, what } = route;
    const call = new PendingCall<T>();
    this.#watch(route, call);
    this.#trace.add(from.name, `asks ${to.name}: ${what}`);
    if (!from.over) {
      this.#request(route, call, handle);
      if (!route.isReliable && this.#dice.chance(this.habits.doubles)) {
        // Right behind the first one, or when that is long forgotten.
        const lateMs = this.#dice.chance(0.5) ? 0 : this.#dice.wait(200);
        this.#timeline.after(lateMs, () => this.#request(route, call, handle));
      }
    }
    return call.promise;
  }

  #watch<T>({ from, deadlineMs, connection, signal }: Route, call: PendingCall<T>): void {
    if (deadlineMs !== undefined) {
      const late = (): void => {
        call.fail(new Error(`no answer within ${deadlineMs} ms`));
        connection?.reset('given up after a call that was too late');
      };
      call.whenOver(from.after(deadlineMs, late));
    }
    if (connection) {
      call.whenOver(connection.join((error) => call.fail(error)));
    }
    if (signal) {
      const abort = (): void => call.fail(new Error('called off'));
      signal.addEventListener('abort', abort);
      call.whenOver(() => signal.removeEventListener('abort', abort));
    }
  }

  #request<T>(route: Route, call: PendingCall<T>, handle: () => T | Promise<T>): void {
    const { from, to } = route;
    const fail = (error: Error) => () => from.run(() => call.fail(error));
    this.#transmit(from.name, to.name, route, call, () => {
      const { life } = to;
      if (!life || !to.listening) {
        this.#transmit(to.name, from.name, route, call, fail(new RefusedError(`${to.name} is down`)));
        return;
      }
      call.whenOver(
        life.onEnd(() =>
          this.#transmit(to.name, from.name, route, call, fail(new RefusedError('the connection broke'))),
        ),
      );
      life.run(() => void this.#serve(route, life, call, handle));
    });
  }

  async #serve<T>(
    route: Route,
    life: Life,
    call: PendingCall<T>,
    handle: () => T | Promise<T>,
  ): Promise<void> {
    if (life.over) {
      return;
    }
    const { from, to, what } = route;
    const value = await handle();
    if (life.over) {
      return;
    }
    this.#trace.add(to.name, `answers ${from.name}: ${what}`, value);
    this.#transmit(to.name, from.name, route, call, () => from.run(() => call.answer(value)));
  }

  #transmit<T>(from: string, to: string, route: Route, call: PendingCall<T>, arrive: () => void): void {
    const habits = route.isReliable ? calmNetwork : this.habits;
    const isLost = this.#dice.chance(habits.losses);
    const isLong = this.#dice.chance(habits.longDelays);
    const delayMs = this.#dice.between(0.2, isLong ? habits.longDelayMs : 2 * habits.delayMs);
    this.#timeline.after(delayMs, () => {
      const cut = this.#cutBetween(from, to);
      if (!isLost && !cut) {
        arrive();
      } else if (cut?.isTold) {
        route.from.run(() => call.fail(new RefusedError(`no way from ${from} to ${to}`)));
      } else if (route.deadlineMs === undefined && !route.signal) {
        this.#timeline.after(this.#dice.between(0, keepaliveMs), () =>
          route.from.run(() => call.fail(new Error('the connection is dead'))),
        );
      }
    });
  }

  #cutBetween(from: string, to: string): { readonly isTold: boolean } | undefined {
    const cut = this.#cuts.get(`${from}>${to}`);
    return cut && cut.untilMs > this.#timeline.nowMs ? cut : undefined;
  }
}
