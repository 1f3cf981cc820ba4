import { expect } from 'chai';
import { code, message } from '../../../src/shared/answer-codes.js';
import type { Trade } from '../../../src/shared/domain.js';
import { chainTrade } from '../../../src/shared/trade-line.js';
import { check, type Evidence } from '../../checker/checker.js';
import type { Queried } from '../../checker/history.js';
import { executed, lookup, refused, unknown } from '../../support/example-history.js';

type Draft = Pick<Trade, 'number' | 'orderId'> & Partial<Trade>;

const journalOf = (...drafts: Draft[]): Trade[] => {
  const journal: Trade[] = [];
  for (const draft of drafts) {
    const trade = { name: 'A', type: 'buy', quantity: 1, term: 1, ...draft } as const;
    journal.push(chainTrade(trade, journal.at(-1)?.checksum ?? 0));
  }
  return journal;
};

const journal = journalOf({ number: 1, orderId: 'a' }, { number: 2, orderId: 'b' });
const a = executed({ key: 'a', sentMs: 10, answeredMs: 20, number: 1 });
const b = executed({ key: 'b', sentMs: 30, answeredMs: 40, number: 2 });
const query = (number: number, sentMs: number, quantity?: number): Queried => ({
  number,
  sentMs,
  answeredMs: sentMs + 1,
  code: quantity === undefined ? code.notFound : code.ok,
  order: quantity === undefined ? undefined : { name: 'A', type: 'buy', quantity },
});

/** Of a stock of 10 shares, of which two were bought. */
const judge = (evidence: Partial<Evidence>): string[] =>
  check({
    stocks: [{ name: 'A', quantity: 10 }],
    journal,
    logs: new Map([['order-1', evidence.journal ?? journal]]),
    posts: [],
    lookups: [],
    queries: [],
    ...evidence,
  });

describe('the checker', () => {
  it('has nothing against a history in which all is well', () => {
    const posts = [
      a,
      unknown({ key: 'b', sentMs: 20, answeredMs: 25 }),
      b,
      { ...b, sentMs: 50, answeredMs: 60 },
      refused({ key: 'c', quantity: 99, sentMs: 10, answeredMs: 20 }),
    ];
    const lookups = [lookup(5, 11, 10, 0), lookup(15, 25, 9, 1), lookup(41, 42, 8, 2)];
    const queries = [query(1, 21, 1), query(3, 50)];
    expect(judge({ posts, lookups, queries })).to.deep.equal([]);
  });

  it('I1: misses an order that was acknowledged', () => {
    const lost = executed({ key: 'lost', sentMs: 50, answeredMs: 60, number: 3 });
    expect(judge({ posts: [lost] })).to.deep.equal([
      'I1: lost was acknowledged as 3, the ledger has undefined',
    ]);
  });

  it('I1: sees that the ledger has another order than was acknowledged', () => {
    const isI1 = (violations: string[]): boolean =>
      violations.length === 1 && `${violations[0]}`.startsWith('I1: a was');
    expect(judge({ posts: [{ ...a, number: 2 }] })).to.satisfy(isI1);
    expect(judge({ posts: [{ ...a, name: 'B' }] })).to.satisfy(isI1);
    expect(judge({ posts: [{ ...a, type: 'sell' }] })).to.satisfy(isI1);
    expect(judge({ posts: [{ ...a, quantity: 2 }] })).to.satisfy(isI1);
  });

  it('I1: misses what a replica does not have', () => {
    const logs = new Map([
      ['order-1', journal],
      ['order-2', journal.slice(0, 1)],
    ]);
    expect(judge({ logs })).to.deep.equal(['I1: order-2 holds 1 trades, the journal 2']);
  });

  it('I2: sees a gap and a repetition in the numbers', () => {
    const gap = journalOf({ number: 1, orderId: 'a' }, { number: 3, orderId: 'b' });
    expect(judge({ journal: gap })).to.deep.equal(['I2: trade 3 stands where 2 should']);
    const repeated = journalOf({ number: 1, orderId: 'a' }, { number: 1, orderId: 'b' });
    expect(judge({ journal: repeated })).to.deep.equal(['I2: trade 1 stands where 2 should']);
  });

  it('I2: sees a trade that was changed afterwards', () => {
    const changed = journal.map((trade) => (trade.number === 1 ? { ...trade, quantity: 2 } : trade));
    expect(judge({ journal: changed })).to.include(
      'I2: trade 1 does not carry the checksum of the history before it',
    );
  });

  it('I3: sees an order that was executed twice', () => {
    const twice = journalOf({ number: 1, orderId: 'a' }, { number: 2, orderId: 'a' });
    expect(judge({ journal: twice })).to.deep.equal(['I3: a is in the journal twice, the second time as 2']);
  });

  it('I3: sees different answers to one key', () => {
    const first = refused({ key: 'c', quantity: 99, sentMs: 10, answeredMs: 20 });
    const second = { ...first, message: message.tooMany };
    expect(judge({ posts: [first, second] })).to.deep.equal([
      `I3: c was told "404 0 ${message.notEnough}" and "404 0 ${message.tooMany}"`,
    ]);
    expect(judge({ posts: [a, { ...a, number: 2 }] })).to.include('I3: a was told "200 1 " and "200 2 "');
  });

  it('I4: sees more bought than there was', () => {
    const greedy = journalOf(
      { number: 1, orderId: 'a', quantity: 11 },
      { number: 2, orderId: 'b', type: 'sell' },
    );
    expect(judge({ journal: greedy })).to.deep.equal(['I4: trade 1 leaves -1 of A']);
  });

  it('I5: sees that a refused order was executed', () => {
    const posts = [refused({ key: 'a', sentMs: 10, answeredMs: 20 })];
    expect(judge({ posts })).to.deep.equal([`I5: a was told "${message.notEnough}", and is trade 1`]);
  });

  it('I5: sees that an order of which nothing was to be done was executed', () => {
    const told = unknown({ key: 'a', sentMs: 10, answeredMs: 20, message: message.noLeader });
    expect(judge({ posts: [told] })).to.deep.equal([`I5: a was told "${message.noLeader}", and is a trade`]);
    expect(judge({ posts: [{ ...told, message: message.outcomeUnknown }] })).to.deep.equal([]);
    expect(judge({ posts: [{ ...told, doublesPossible: true }] })).to.deep.equal([]);
    expect(judge({ posts: [told, { ...a, sentMs: 30, answeredMs: 40 }] })).to.deep.equal([]);
  });

  it('I6: sees an order that was sent after the answer to another one, and has the smaller number', () => {
    const late = { ...a, sentMs: 41, answeredMs: 50 };
    expect(judge({ posts: [late, b] })).to.deep.equal(['I6: a is 1, sent after b was answered']);
    expect(judge({ posts: [{ ...late, sentMs: 40 }, b] })).to.deep.equal([]);
    expect(judge({ posts: [unknown({ ...late, code: 0, number: 0, sentMs: 15 }), late, b] })).to.deep.equal(
      [],
    );
  });

  it('I7: sees a log that differs from the journal', () => {
    const logs = new Map([['order-1', journalOf({ number: 1, orderId: 'a' }, { number: 2, orderId: 'c' })]]);
    expect(judge({ logs })).to.deep.equal(['I7: order-1 differs from the journal at trade 2']);
  });

  it('I7: sees a log that is longer than the journal', () => {
    expect(judge({ journal: journal.slice(0, 1), logs: new Map([['order-1', journal]]) })).to.deep.equal([
      'I7: order-1 differs from the journal at trade 2',
    ]);
  });

  it('I10: sees a lookup that is older than an acknowledged order', () => {
    expect(judge({ posts: [a], lookups: [lookup(21, 22, 10, 0)] })).to.deep.equal([
      'I10: frontend-1 (HIT) showed A at 0 when asked at 21.000, though 1 was acknowledged at 20.000',
    ]);
    expect(judge({ posts: [a], lookups: [lookup(20, 22, 10, 0)] })).to.deep.equal([]);
  });

  it('I10: sees a lookup that is older than one before it', () => {
    expect(judge({ lookups: [lookup(13, 14, 10, 0), lookup(11, 12, 9, 1)] })).to.deep.equal([
      'I10: frontend-1 (HIT) showed A at 0 when asked at 13.000, though 1 was seen at 12.000',
    ]);
  });

  it('I10: sees a state that never was', () => {
    expect(judge({ lookups: [lookup(11, 12, 7, 1)] })).to.deep.equal([
      'I10: frontend-1 (HIT) showed A at 1 with 7, there were 9',
    ]);
    expect(judge({ lookups: [lookup(11, 12, 8, 3)] })).to.deep.equal([
      'I10: frontend-1 (HIT) showed A at 3 with 8, there were undefined',
    ]);
  });

  it('I11: misses an order that was acknowledged before it was asked for', () => {
    expect(judge({ posts: [a], queries: [query(1, 21)] })).to.deep.equal([
      'I11: order 1 was not found, though 1 was acknowledged before',
    ]);
    expect(judge({ posts: [a], queries: [query(1, 20)] })).to.deep.equal([]);
  });

  it('I11: sees an order that is shown as it is not', () => {
    expect(judge({ queries: [query(1, 21, 7)] })).to.deep.equal([
      'I11: order 1 was shown as {"name":"A","type":"buy","quantity":7}',
    ]);
    expect(judge({ queries: [query(9, 21, 1)] })).to.deep.equal([
      'I11: order 9 was shown as {"name":"A","type":"buy","quantity":1}',
    ]);
  });
});
