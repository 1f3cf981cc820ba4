import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { rawRequest } from '../support/raw-connection.js';
import { AnswerReader } from './answer-reader.js';
import { readRequests, type LoadResult } from './load.js';
import type { PacedJob } from './paced.js';
import { latencyOf } from './statistics.js';

/** Timers come each millisecond at best, so requests come in bursts of what is due. */
const tickMs = 1;
/** A request that is sent so late was late because of the timer. Later than that, its latency counts from when it was due. */
const timerSlackMs = 2;
/** How long answers are waited for at the end, ms. */
const patienceMs = 5_000;
/** The process itself has to become warm, too: that share of the latencies does not count, nor more than that, ms. */
const warmUpShare = 1 / 3;
const longestWarmUpMs = 1_000;

interface Connection {
  readonly socket: Socket;
  /** When the request under way was due. */
  dueMs: number;
}

/** One load at a given rate. */
export class PacedLoad {
  readonly #job: PacedJob;
  readonly #requests: readonly Buffer[];
  readonly #idle: Connection[] = [];
  /** When the requests were due for which no connection is free. */
  readonly #waiting: number[] = [];
  readonly #latenciesMs: number[] = [];
  #turn: number;
  #startMs = 0;
  #arrived = 0;
  #answered = 0;
  #bad = 0;
  #broken = 0;

  constructor(job: PacedJob) {
    this.#job = job;
    this.#turn = job.first;
    const headers = { 'Content-Type': 'application/json' };
    this.#requests = readRequests(job.requestsPath).map(({ method, path, body }) =>
      rawRequest(method, path, body === undefined ? {} : headers, body),
    );
  }

  async run(): Promise<LoadResult> {
    await Promise.all(Array.from({ length: this.#job.connections }, () => this.#connect()));
    this.#startMs = performance.now();
    await this.#arrive();
    await this.#drain();
    const seconds = (performance.now() - this.#startMs) / 1_000;
    const { user, system } = process.cpuUsage();
    return {
      ...latencyOf(this.#latenciesMs),
      requests: this.#answered,
      seconds,
      badStatuses: this.#bad,
      brokenConnections: this.#broken + (this.#arrived - this.#answered),
      cpuUs: user + system,
    };
  }

  async #connect(): Promise<void> {
    const { hostname, port } = new URL(this.#job.url);
    const socket = connect(Number(port), hostname).setNoDelay();
    await once(socket, 'connect');
    const connection = { socket, dueMs: 0 };
    const reader = new AnswerReader();
    socket.on('data', (chunk) => {
      reader.read(chunk.toString('latin1')).forEach((status) => this.#answer(connection, status));
    });
    // What was under way on it is counted at the end, as what was not answered.
    socket.on('error', () => (this.#broken += 1));
    this.#idle.push(connection);
  }

  /** Sends what is due until the time is over. */
  async #arrive(): Promise<void> {
    const { seconds, requestsPerSecond } = this.#job;
    const total = Math.floor(seconds * requestsPerSecond);
    while (this.#arrived < total) {
      await new Promise((resolve) => setTimeout(resolve, tickMs));
      const nowMs = performance.now();
      const due = Math.min(total, Math.floor(((nowMs - this.#startMs) * requestsPerSecond) / 1_000) + 1);
      while (this.#arrived < due) {
        const dueMs = this.#startMs + (this.#arrived * 1_000) / requestsPerSecond;
        this.#arrived += 1;
        this.#request(nowMs - dueMs > timerSlackMs ? dueMs : nowMs);
      }
    }
  }

  async #drain(): Promise<void> {
    const endMs = performance.now() + patienceMs;
    while (this.#answered < this.#arrived && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, tickMs));
    }
  }

  #request(dueMs: number): void {
    const connection = this.#idle.pop();
    if (connection) {
      this.#send(connection, dueMs);
    } else {
      this.#waiting.push(dueMs);
    }
  }

  #send(connection: Connection, dueMs: number): void {
    connection.dueMs = dueMs;
    connection.socket.write(this.#requests[this.#turn] as Buffer);
    this.#turn = (this.#turn + 1) % this.#requests.length;
  }

  #answer(connection: Connection, status: number): void {
    const warmMs = Math.min(longestWarmUpMs, this.#job.seconds * 1_000 * warmUpShare);
    this.#answered += 1;
    this.#bad += status >= 200 && status < 300 ? 0 : 1;
    if (connection.dueMs >= this.#startMs + warmMs) {
      this.#latenciesMs.push(performance.now() - connection.dueMs);
    }
    const dueMs = this.#waiting.shift();
    if (dueMs === undefined) {
      this.#idle.push(connection);
    } else {
      this.#send(connection, dueMs);
    }
  }
}
