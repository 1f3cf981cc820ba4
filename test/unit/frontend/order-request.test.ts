import { expect } from 'chai';
import { ApiError } from '../../../src/frontend/api-error.js';
import {
  parseIdempotencyKey,
  parseLimit,
  parseOrder,
  parseTransactionNumber,
} from '../../../src/frontend/order-request.js';

const body = { name: 'GameStart', quantity: 1, type: 'sell' };

function complaint(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    expect(error).to.be.instanceOf(ApiError).and.to.include({ status: 400 });
    return (error as Error).message;
  }
  return 'nothing';
}

describe('order request', () => {
  it('takes name, type and quantity, and nothing else', () => {
    expect(parseOrder({ ...body, price: 1, orderId: 'x', number: 7 })).to.deep.equal(body);
    expect(parseOrder(JSON.parse('{"__proto__":{"x":1},"name":"a","quantity":0,"type":"b"}'))).to.deep.equal({
      name: 'a',
      quantity: 0,
      type: 'b',
    });
  });

  it('leaves it to the ledger to judge what is well-formed', () => {
    for (const strange of [
      { type: 'swap' },
      { name: '' },
      { quantity: -5 },
      { quantity: 0 },
      { quantity: 1e3 },
    ]) {
      expect(parseOrder({ ...body, ...strange })).to.deep.equal({ ...body, ...strange });
    }
  });

  it('refuses a body that is no object', () => {
    for (const wrong of [undefined, null, 5, 'text', [], [body]]) {
      expect(complaint(() => parseOrder(wrong))).to.equal('the body must be a JSON object');
    }
  });

  it('names the field that is missing', () => {
    expect(complaint(() => parseOrder({ type: 'buy', quantity: 1 }))).to.equal('name is missing');
    expect(complaint(() => parseOrder({ name: 'a', quantity: 1 }))).to.equal('type is missing');
    expect(complaint(() => parseOrder({ name: 'a', type: 'buy' }))).to.equal('quantity is missing');
  });

  it('names the field that is of the wrong kind', () => {
    expect(complaint(() => parseOrder({ ...body, name: 5 }))).to.equal('name must be a string');
    expect(complaint(() => parseOrder({ ...body, type: null }))).to.equal('type must be a string');
    for (const quantity of ['1', 1.5, null, true, [1], 2_147_483_648, -2_147_483_648, 1e300, Number.NaN]) {
      expect(complaint(() => parseOrder({ ...body, quantity }))).to.match(/^quantity must be a whole number/);
    }
  });

  it('takes an idempotency key that can stand in a log', () => {
    expect(parseIdempotencyKey(undefined)).to.equal(undefined);
    for (const key of ['a', '0', 'A-b_c.d:e', 'x'.repeat(64)]) {
      expect(parseIdempotencyKey(key)).to.equal(key);
    }
    for (const key of ['', '"a"', 'x'.repeat(65), 'a,b', 'a b', '-a', 'ä', 'a"', 'a\nb', ' ']) {
      expect(
        complaint(() => parseIdempotencyKey(key)),
        key,
      ).to.match(/^Idempotency-Key must be/);
    }
  });

  it('takes a path for a transaction number only if it can be one', () => {
    expect(parseTransactionNumber('42')).to.equal(42);
    expect(parseTransactionNumber('2147483647')).to.equal(2_147_483_647);
    for (const text of ['', '-1', '1.0', '1e3', '0x1', 'abc', '2147483648', '99999999999', ' 1', '١']) {
      expect(parseTransactionNumber(text), text).to.equal(undefined);
    }
  });

  it('takes a limit within its bounds', () => {
    expect(parseLimit(undefined, 50, 1_000)).to.equal(50);
    expect([parseLimit('1', 50, 1_000), parseLimit('1000', 50, 1_000)]).to.deep.equal([1, 1_000]);
    for (const limit of ['0', '1001', '-1', '1.5', '', 'all', ['1', '2'], '9999999']) {
      expect(
        complaint(() => parseLimit(limit, 50, 1_000)),
        String(limit),
      ).to.equal('limit must be a whole number from 1 to 1000');
    }
  });
});
