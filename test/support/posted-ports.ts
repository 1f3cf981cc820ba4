// What frontends and the catalog use to reach each other when every message goes by a `Post`.
import type { InvalidationPort } from '../../src/catalog/cache-invalidator.js';
import type { Catalog } from '../../src/catalog/catalog.js';
import type { CacheLease, LeasePort } from '../../src/frontend/cache-lease.js';
import type { LookupPort, StockLookup } from '../../src/frontend/stock-lookup.js';
import { code } from '../../src/shared/answer-codes.js';
import type { Clock } from '../../src/shared/clock.js';
import type { Post } from './post.js';

const lookupDeadlineMs = 500;
const renewalDeadlineMs = 500;

export const leaseMs = 300;

/** What is awaited by a process that has ended. */
export const never = new Promise<never>(() => undefined);

/** A process of the catalog. */
export interface CatalogLife {
  readonly id: string;
  readonly catalog: Catalog;
  over: boolean;
}

/**
 * The catalog as the frontend `address` reaches it: the process that runs when a question arrives answers it, if it
 * lives long enough.
 */
export function catalogPort(
  post: Post,
  clock: Clock,
  address: string,
  running: () => CatalogLife,
): LookupPort & LeasePort {
  const ask = <T>(what: string, deadlineMs: number, handle: (life: CatalogLife) => T | Promise<T>) =>
    post.call(what, clock, deadlineMs, async () => {
      const life = running();
      const answer = await handle(life);
      return life.over ? never : answer;
    });
  const codes = { granted: code.ok, ended: code.gone, withheld: code.conflict } as const;
  return {
    lookup: (name, sessionId) =>
      ask(`lookup(${name}, ${sessionId})`, lookupDeadlineMs, async ({ catalog }) => {
        const view = await catalog.lookup(name, sessionId);
        return { stock: view?.stock, cacheable: view?.cacheable ?? false };
      }),
    renewLease: (sessionId, begin) =>
      ask(`${begin ? 'begin' : 'renew'}(${sessionId})`, renewalDeadlineMs, ({ id: catalogId, catalog }) => {
        if (begin) {
          catalog.beginSession(sessionId, address);
          return { code: code.ok, leaseMs, catalogId };
        }
        return { code: codes[catalog.renewSession(sessionId)], leaseMs, catalogId };
      }),
    releaseLease: (sessionId) =>
      ask(`release(${sessionId})`, renewalDeadlineMs, ({ catalog }) => catalog.releaseSession(sessionId)),
  };
}

/** The frontends as a process of the catalog reaches them. */
export function invalidationPort(
  post: Post,
  clock: Clock,
  sender: () => CatalogLife,
  find: (address: string) => { readonly lease: CacheLease; readonly stocks: StockLookup },
): InvalidationPort {
  return {
    invalidate: (address, sessionId, name, version) => {
      const take = () => {
        const { lease, stocks } = find(address);
        if (!lease.owns(sessionId)) {
          throw new Error('this frontend does not hold that session');
        }
        stocks.invalidate(name, version);
      };
      const what = `invalidate(${name}, ${version}, ${sessionId})`;
      return sender().over ? never : post.call(what, clock, Number.MAX_SAFE_INTEGER, take);
    },
  };
}
