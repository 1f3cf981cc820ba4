// What the frontends and the catalog use to reach the others: the twins of src/frontend/*-client.ts and
// src/catalog/cache-invalidator.ts.
import type { InvalidationPort } from '../../src/catalog/cache-invalidator.js';
import type { LeasePort } from '../../src/frontend/cache-lease.js';
import { UnreachableError, type ReplicaState } from '../../src/frontend/replica-port.js';
import type { QueryAnswer } from '../../src/frontend/order-gateway.js';
import type { LookupPort } from '../../src/frontend/stock-lookup.js';
import { code } from '../../src/shared/answer-codes.js';
import type { TransactionNumber } from '../../src/shared/domain.js';
import type { CatalogMachine } from './catalog-machine.js';
import type { FrontendMachine, ReplicaClientPort } from './frontend-machine.js';
import type { Life } from './life.js';
import type { Machine } from './machine.js';
import { Connection, RefusedError } from './network.js';
import type { OrderMachine } from './order-machine.js';
import { callDeadlineMs, heartbeatDeadlineMs, leaseMs, notifyDeadlineMs } from './settings.js';
import type { World } from './world.js';

export function catalogPort(world: World, from: Life, to: CatalogMachine): LookupPort & LeasePort {
  const { network } = world;
  const deadlineMs = callDeadlineMs;
  const connection = new Connection();
  return {
    lookup: (name, sessionId) =>
      network.call({ from, to, what: `lookup(${name}, ${sessionId})`, deadlineMs, connection }, async () => {
        const view = await to.catalog.lookup(name, sessionId);
        return { stock: view?.stock, cacheable: view?.cacheable ?? false };
      }),
    renewLease: (sessionId, begin) =>
      network.call(
        { from, to, what: `renewLease(${sessionId}${begin ? ', begin' : ''})`, deadlineMs },
        () => {
          const outcome = begin
            ? to.catalog.beginSession(sessionId, from.name)
            : to.catalog.renewSession(sessionId);
          const codes = { granted: code.ok, ended: code.gone, withheld: code.conflict } as const;
          return { code: codes[outcome], leaseMs, catalogId: to.processId };
        },
      ),
    releaseLease: (sessionId) =>
      network.call({ from, to, what: `releaseLease(${sessionId})`, deadlineMs }, () =>
        to.catalog.releaseSession(sessionId),
      ),
  };
}

function queryAnswer(answer: Awaited<ReturnType<OrderMachine['replica']['query']>>): QueryAnswer {
  if (answer.code !== code.ok) {
    return { code: answer.code, message: answer.message };
  }
  const { number, name, type, quantity } = answer.trade;
  return { code: code.ok, order: { number, name, type, quantity } };
}

function stateOf({ replica }: OrderMachine): ReplicaState {
  return { ...replica.status, uptimeMs: 0 };
}

/** Whoever says that it leads must be fit to. */
function watchLeader({ history }: World, { id, replica, log }: OrderMachine): void {
  const { role, leadership } = replica;
  if (role === 'leader') {
    history.leads(id, leadership.term);
    history.holds(id, leadership.term, log.durableEnd.number);
  }
}

export function replicaClient(
  world: World,
  from: Life,
  to: OrderMachine,
  holders: (ids: readonly number[]) => readonly Machine[],
): ReplicaClientPort {
  const { network } = world;
  const orders = new Connection();
  const queries = new Connection();
  const ask = <T>(what: string, deadlineMs: number, handle: () => T | Promise<T>): Promise<T> =>
    network.call({ from, to, what, deadlineMs }, handle);
  return {
    id: to.id,
    heartbeat: () =>
      ask('heartbeat', heartbeatDeadlineMs, () => {
        watchLeader(world, to);
        return stateOf(to);
      }).catch((error: unknown) => {
        throw error instanceof RefusedError ? new UnreachableError(error.message) : error;
      }),
    notify: (leaderId, term) =>
      ask(`notify(${leaderId}, ${term})`, notifyDeadlineMs, async () => {
        const { replica } = to;
        const notice = await replica.notice(leaderId, term);
        if (to.listening && to.replica === replica) {
          watchLeader(world, to);
        }
        return notice;
      }),
    order: (order) =>
      network.call({ from, to, what: `order(${order.orderId})`, connection: orders }, () =>
        to.submit(order, holders),
      ),
    query: (number: TransactionNumber) =>
      network.call(
        { from, to, what: `query(${number})`, deadlineMs: callDeadlineMs, connection: queries },
        async () => queryAnswer(await to.replica.query(number)),
      ),
    newest: (limit, before) => ask('newest', callDeadlineMs, () => to.log.newest(limit, before)),
    reset: (reason) => {
      orders.reset(reason);
      queries.reset(reason);
    },
  };
}

export function invalidationPort(
  world: World,
  from: Life,
  frontends: () => readonly FrontendMachine[],
): InvalidationPort {
  return {
    async invalidate(address, sessionId, stock, version, signal): Promise<void> {
      const to = frontends().find(({ name }) => name === address) as FrontendMachine;
      const what = `invalidate(${stock}, ${version}, ${sessionId})`;
      const taken = await world.network.call({ from, to, what, signal }, () => {
        const { lease, stocks } = to.cores;
        const owned = lease.owns(sessionId);
        if (owned) {
          stocks.invalidate(stock, version);
        }
        return owned;
      });
      if (!taken) {
        throw new Error('this frontend does not hold that session');
      }
    },
  };
}
