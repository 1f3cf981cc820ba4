// How a route of the public REST interface is described, and what several of the descriptions say.
import type { answers } from './schemas.js';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly required?: boolean;
  readonly schema: object;
}

export interface Example {
  readonly status: number;
  /** Values of parameters by name. */
  readonly send?: Readonly<Record<string, string | number>>;
  /** The body of the request. */
  readonly body?: object;
  /** The body of the answer; undefined: it has none. */
  readonly answer?: unknown;
}

export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post' | 'delete';
  /** As in the document, `/stocks/{name}`. */
  readonly path: string;
  readonly tag: 'stocks' | 'orders' | 'operation' | 'documents' | 'page';
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  /** Name of the body's schema. */
  readonly takes?: 'OrderRequest';
  /** Name of the schema of its success, or the media type where it is no JSON. */
  readonly gives:
    keyof typeof answers | 'text/plain' | 'text/html' | 'text/event-stream' | 'file' | 'document';
  /** What each status means. */
  readonly statuses: Readonly<Record<number, string>>;
  /** Headers of its success, beside those of all answers. */
  readonly headers: readonly string[];
  /** By name. The order matters: the test sends them one after the other, to a system with the shipped catalog. */
  readonly examples: Readonly<Record<string, Example>>;
}

/** Most routes take and say no more than this. */
export const plain = { method: 'get', parameters: [], headers: [] } as const;

export const ifNoneMatch: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  description: 'ETags of the states that the client has, or `*`',
  schema: { type: 'string' },
};

/** The body of an answer that says what went wrong. */
export const error = (status: number, message: string) => ({ error: { code: status, message } });

export const notSent = 'No replica or catalog that could answer is available; try again after `Retry-After`';
export const catalogDown = { status: 503, answer: error(503, 'the catalog does not answer, try again') };
