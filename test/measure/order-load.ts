// Orders from many connections, as fast as they are answered or at a given rate, whatever the server makes of it.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AnswerReader } from '../bench/answer-reader.js';
import { quantile } from '../bench/statistics.js';
import { rawRequest } from '../support/raw-connection.js';

export interface LoadJob {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Orders per second; 0: each connection sends the next one when it has an answer. */
  readonly ordersPerSecond: number;
  /** What was answered so soon after the start does not count, s. */
  readonly warmUpSeconds: number;
  /** Whether a connection that was turned away waits as long as Retry-After says. */
  readonly heedsRetryAfter?: boolean;
}

/** Answers of one kind; latencies count from the sending. */
export interface Answers {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadResult {
  readonly accepted: Answers;
  /** Answers of 503 and 429. */
  readonly turnedAway: Answers;
  /** Any other answer. */
  readonly otherStatuses: number;
  readonly brokenConnections: number;
  /** Orders per second that were due, those included for which no connection was free. */
  readonly duePerSecond: number;
}

interface Connection {
  readonly socket: Socket;
  sentMs: number;
}

const tickMs = 1;
/** Fewer than may wait to be accepted: those beyond are tried again by the kernel, after seconds. */
const connectAtOnce = 100;
const bytes = rawRequest('POST', '/orders', {}, JSON.stringify({ name: 'AAPL', quantity: 1, type: 'sell' }));

class OrderLoad {
  readonly #job: LoadJob;
  readonly #idle: Connection[] = [];
  readonly #acceptedMs: number[] = [];
  readonly #turnedAwayMs: number[] = [];
  #others = 0;
  #broken = 0;
  #due = 0;
  #startMs = 0;

  constructor(job: LoadJob) {
    this.#job = job;
  }

  async run(): Promise<LoadResult> {
    const { connections, seconds, warmUpSeconds } = this.#job;
    const sockets: Socket[] = [];
    while (sockets.length < connections) {
      const count = Math.min(connectAtOnce, connections - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: count }, () => this.#connect()))));
    }
    this.#startMs = performance.now();
    while (this.#elapsedS < seconds) {
      this.#sendDue();
      await new Promise((resolve) => setTimeout(resolve, tickMs));
    }
    sockets.forEach((socket) => socket.destroy());
    const counted = seconds - warmUpSeconds;
    return {
      accepted: summary(this.#acceptedMs, counted),
      turnedAway: summary(this.#turnedAwayMs, counted),
      otherStatuses: this.#others,
      brokenConnections: this.#broken,
      duePerSecond: this.#due / seconds,
    };
  }

  get #elapsedS(): number {
    return (performance.now() - this.#startMs) / 1_000;
  }

  async #connect(): Promise<Socket> {
    const socket = connect(this.#job.port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    const connection = { socket, sentMs: 0 };
    const reader = new AnswerReader();
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      reader.read(text).forEach((status) => this.#answer(connection, status, retryAfterMs(text)));
    });
    socket.on('error', () => (this.#broken += 1));
    socket.on('end', () => (this.#broken += 1));
    this.#idle.push(connection);
    return socket;
  }

  /** What is due, as far as there are connections: a client without one has to wait, and is not counted against it. */
  #sendDue(): void {
    const { ordersPerSecond } = this.#job;
    const due = ordersPerSecond === 0 ? Infinity : Math.floor(this.#elapsedS * ordersPerSecond) - this.#due;
    const sendable = Math.min(due, this.#idle.length);
    this.#due += ordersPerSecond === 0 ? sendable : due;
    this.#idle.splice(0, sendable).forEach((connection) => send(connection));
  }

  #answer(connection: Connection, status: number, retryAfter: number): void {
    if (this.#elapsedS >= this.#job.warmUpSeconds) {
      this.#note(status, performance.now() - connection.sentMs);
    }
    if (this.#job.ordersPerSecond === 0) {
      this.#due += 1;
      send(connection);
    } else if (this.#job.heedsRetryAfter && isTurnedAway(status)) {
      // With jitter, as those should who do not want to come back all at once.
      setTimeout(() => this.#idle.push(connection), retryAfter + 1_000 * Math.random());
    } else {
      this.#idle.push(connection);
    }
  }

  #note(status: number, latencyMs: number): void {
    if (status === 200) {
      this.#acceptedMs.push(latencyMs);
    } else if (isTurnedAway(status)) {
      this.#turnedAwayMs.push(latencyMs);
    } else {
      this.#others += 1;
    }
  }
}

/** What an answer asks for, ms; 0: nothing. There is one at a time on a connection. */
function retryAfterMs(answer: string): number {
  const [, seconds = '0'] = /\r\nretry-after: *(\d+)/i.exec(answer) ?? [];
  return 1_000 * Number(seconds);
}

const isTurnedAway = (status: number): boolean => status === 503 || status === 429;

function send(connection: Connection): void {
  connection.sentMs = performance.now();
  connection.socket.write(bytes);
}

function summary(latenciesMs: readonly number[], seconds: number): Answers {
  const sorted = Float64Array.from(latenciesMs).sort();
  return {
    perSecond: sorted.length / seconds,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
  };
}

export function putOrderLoad(job: LoadJob): Promise<LoadResult> {
  return new OrderLoad(job).run();
}
