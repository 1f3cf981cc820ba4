import { expect } from 'chai';
import { formatReport } from '../../../src/cli/client-report.js';
import { isFlawless, summarizeSessions } from '../../../src/cli/client-summary.js';
import type { Sample, SessionResult } from '../../../src/cli/session.js';

const sample = (changes: Partial<Sample>): Sample => ({
  kind: 'lookup',
  result: 'done',
  latencyMs: 1,
  retries: 0,
  cache: undefined,
  ...changes,
});

const session = (changes: Partial<SessionResult> = {}): SessionResult => ({
  samples: [],
  orders: [],
  confirmedOrders: 0,
  mismatches: [],
  ...changes,
});

const order = (transactionNumber: number) =>
  ({ transactionNumber, name: 'AAPL', type: 'buy', quantity: 1 }) as const;

const soldOut = { kind: 'trade', result: 'refused', message: 'not enough stocks left to buy' } as const;

const busy = summarizeSessions(
  [
    session({
      samples: [
        sample({ latencyMs: 10, cache: 'HIT' }),
        sample({ latencyMs: 20, cache: 'HIT' }),
        sample({ latencyMs: 60, cache: 'MISS', retries: 2 }),
        sample({ kind: 'orderQuery', latencyMs: 5 }),
      ],
      orders: [order(1)],
      confirmedOrders: 1,
    }),
    session({
      samples: [
        sample({ cache: 'BYPASS', latencyMs: 30 }),
        sample({ kind: 'trade', latencyMs: 7, retries: 1 }),
        sample({ ...soldOut, latencyMs: 9 }),
        sample({ ...soldOut, latencyMs: 9 }),
        sample({ kind: 'trade', result: 'error', message: '503 no leader', latencyMs: 9_000, retries: 10 }),
      ],
      orders: [order(2)],
      confirmedOrders: 1,
    }),
  ],
  2_000,
);

describe('client summary', () => {
  it('counts requests, errors, retries and refusals, in all and by kind', () => {
    expect(busy).to.include({ requests: 9, requestsPerSecond: 4.5, errors: 1, retries: 13, refusals: 2 });
    expect(busy.byKind.lookup).to.include({ requests: 4, errors: 0, retries: 2 });
    expect(busy.byKind.trade).to.include({ requests: 4, errors: 1, retries: 11 });
    expect(busy.byKind.trade.refusals).to.deep.equal({ 'not enough stocks left to buy': 2 });
    expect(busy.byKind.trade.errorMessages).to.deep.equal({ '503 no leader': 1 });
    expect(busy.byKind.orderQuery).to.include({ requests: 1, errors: 0, retries: 0 });
  });

  it('takes latencies by kind, of refusals too, but not of requests without an answer', () => {
    expect(busy.byKind.lookup.latency).to.include({ meanMs: 30, p50Ms: 20, p99Ms: 60 });
    expect(busy.byKind.trade.latency).to.include({ count: 3, p50Ms: 9, maxMs: 9 });
  });

  it('takes the hit rate from the answers that tell', () => {
    expect(busy.byKind.lookup.cache).to.deep.equal({ hits: 2, misses: 1, bypasses: 1, hitRate: 0.5 });
    expect(busy.byKind.trade.cache).to.equal(null);
  });

  it('has no latency where there was no answer', () => {
    expect(summarizeSessions([session()], 0).byKind.lookup.latency).to.equal(null);
  });

  it('sees a number that two sessions were given', () => {
    const { mismatches } = summarizeSessions(
      [session({ orders: [order(3)] }), session({ orders: [order(3)] })],
      1,
    );
    expect(mismatches).to.deep.equal(['order number 3 was given to 2 orders']);
  });

  it('keeps the mismatches of all sessions', () => {
    const sessions = [session({ mismatches: ['one'] }), session({ mismatches: ['two'] })];
    expect(summarizeSessions(sessions, 1).mismatches).to.deep.equal(['one', 'two']);
  });
});

const verdict = (changes: Partial<SessionResult>) => isFlawless(summarizeSessions([session(changes)], 1));

describe('verdict of a run', () => {
  it('is good when all was answered and confirmed, refusals included', () => {
    expect(verdict({ samples: [sample(soldOut)], orders: [order(1)], confirmedOrders: 1 })).to.equal(true);
  });

  it('is bad with an error, a mismatch, or an order that could not be checked', () => {
    expect(verdict({ samples: [sample({ result: 'error', message: 'x' })] })).to.equal(false);
    expect(verdict({ mismatches: ['order 1 …'] })).to.equal(false);
    expect(verdict({ orders: [order(1)], confirmedOrders: 0 })).to.equal(false);
  });
});

describe('client report', () => {
  it('shows a line for each kind, what was refused, and the verdict', () => {
    const lines = formatReport(busy).split('\n');
    expect(lines[0]).to.match(
      /^kind +requests +errors +retries +refusals +mean ms +p50 ms +p95 ms +p99 ms +cache hits$/,
    );
    expect(lines[1]).to.match(/^look up +4 +0 +2 +0 +30\.00 +20\.00 +60\.00 +60\.00 +50\.0 %$/);
    expect(lines[2]).to.match(/^trade +4 +1 +11 +2 +8\.33 +9\.00 +9\.00 +9\.00 +-$/);
    expect(lines[3]).to.match(/^order query +1 +0 +0 +0 +5\.00 /);
    expect(new Set(lines.slice(0, 4).map((line) => line.length)).size).to.equal(1);
    expect(lines).to.include('9 requests in 2.00 s (5/s)');
    expect(lines).to.include('orders: 2 placed, 2 confirmed, 0 mismatches');
    expect(lines).to.include('trade refused: not enough stocks left to buy (2)');
    expect(lines).to.include('trade error: 503 no leader (1)');
    expect(lines.at(-1)).to.equal('FAILED: 1 errors, 0 mismatches, 0 orders not confirmed.');
  });

  it('says OK when it is', () => {
    expect(formatReport(summarizeSessions([session()], 1))).to.match(/\nOK: .*$/);
  });

  it('shows the first mismatches and says how many more there are', () => {
    const mismatches = Array.from({ length: 12 }, (_, index) => `number ${index}`);
    const lines = formatReport(summarizeSessions([session({ mismatches })], 1)).split('\n');
    expect(lines.filter((line) => line.startsWith('mismatch: number '))).to.have.lengthOf(10);
    expect(lines).to.include('… and 2 mismatches');
  });
});
