// A request that is wrong, and what must become of it.
import { rawRequest } from '../../support/raw-connection.js';

type Connection = 'usable afterwards' | 'closed afterwards' | 'either';

export interface Case {
  readonly what: string;
  readonly bytes: Buffer | string;
  readonly codes: readonly number[];
  readonly message?: string;
  readonly connection?: Connection;
  /** Nothing follows: the client ends its side. */
  readonly ends?: boolean;
}

export const order = (body: string | Buffer, headers: Record<string, string> = {}) =>
  rawRequest('POST', '/orders', { 'Content-Type': 'application/json', ...headers }, body);

/** An order that would succeed. */
export const sales = '{"name":"GameStart","quantity":1,"type":"sell"}';

/** A sale under a name. */
export const withName = (name: string) => order(JSON.stringify({ name, quantity: 1, type: 'sell' }));
