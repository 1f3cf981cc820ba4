// What a load generator is told, and what it tells.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Latency } from './statistics.js';

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** Requests in a file, one per line, that are sent in turn, from the first again after the last. */
export class RequestList {
  readonly path: string;
  readonly #count: number;
  #first = 0;

  /** Writes the file. */
  constructor(path: string, requests: readonly Request[]) {
    writeFileSync(path, `${requests.map(requestLine).join('\n')}\n`);
    this.path = path;
    this.#count = requests.length;
  }

  /** The index of the next request to send. */
  get first(): number {
    return this.#first;
  }

  /** So many were sent: the next load goes on behind them, so that it meets no cache that they have filled. */
  skip(count: number): void {
    this.#first = (this.#first + count) % this.#count;
  }
}

/** A request as it stands in the file; a path has no space. */
export function requestLine({ method, path, body }: Request): string {
  return body === undefined ? `${method} ${path}` : `${method} ${path} ${body}`;
}

/** The requests of such a file. */
export function readRequests(path: string): Request[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n').map(parseRequest);
}

/** Reads what `requestLine` wrote. */
export function parseRequest(line: string): Request {
  const [, method, path = '', body] = /^(\S+) (\S+)(?: (.*))?$/.exec(line) ?? [];
  return { method: method as Request['method'], path, ...(body !== undefined && { body }) };
}

export interface Load {
  /** The server, without a path. */
  readonly url: string;
  readonly connections: number;
  readonly requests: RequestList;
  readonly seconds: number;
}

export interface LoadResult extends Latency {
  readonly requests: number;
  readonly seconds: number;
  readonly badStatuses: number;
  /** Connections that broke or were refused, and answers that did not come in time. */
  readonly brokenConnections: number;
  /** What the generator itself took of the processors, µs; undefined where that is not known. */
  readonly cpuUs?: number | undefined;
}

export interface Generator {
  /** Name and version. */
  readonly name: string;
  run(load: Load): Promise<LoadResult>;
}
