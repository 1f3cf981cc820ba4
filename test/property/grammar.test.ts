// The grammar of what comes in and what stands in files: everything valid means itself, everything else is refused.
import { expect } from 'chai';
import * as fc from 'fast-check';
import { ApiError } from '../../src/frontend/api-error.js';
import {
  parseIdempotencyKey,
  parseLimit,
  parseOrder,
  parseTransactionNumber,
} from '../../src/frontend/order-request.js';
import { RequestIds } from '../../src/frontend/request-ids.js';
import { ConfigError, parseConfig } from '../../src/shared/config.js';
import { maxShares } from '../../src/shared/domain.js';
import { sealLine } from '../../src/shared/sealed-csv.js';
import { chainTrade, parseCount, parseTrade, tradeFields } from '../../src/shared/trade-line.js';
import { loneTrades, orderIds, terms } from '../support/arbitraries.js';
import { propertyTimeoutMs, tries } from '../support/property-runs.js';

/** Text of every kind, and often nearly right: a whole number, a key, with something before, in or behind it. */
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[0-9eE+.xX _-]{0,12}$/),
  fc
    .tuple(
      fc.constantFrom('', ' ', '+', '-', '0', '\n'),
      fc.nat(),
      fc.constantFrom('', ' ', '.0', 'e1', '\n', '\0'),
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(orderIds, fc.constantFrom('', ',', '\n', '"', ' ', 'é', '\0', 'x'.repeat(64)))
    .map((parts) => parts.join('')),
);

/** Numbers about the bounds of a setting, whole and not. */
const numbers = fc.oneof(
  fc.integer({ min: -5, max: 12_000 }),
  fc.double({ min: 49, max: 10_001, noNaN: true }),
);

/** What a function gives, or that it refused as it should. */
function outcome<T>(act: () => T, refusal: new (...args: never[]) => Error): T | 'refused' {
  try {
    return act();
  } catch (error) {
    expect(error).to.be.instanceOf(refusal);
    return 'refused';
  }
}

describe('property: grammar', function () {
  this.timeout(propertyTimeoutMs);

  it('trade line: every trade is read back as itself, from a line that only it has', () =>
    fc.assert(
      fc.property(loneTrades, loneTrades, terms, (trade, other, previous) => {
        const { checksum, ...chained } = chainTrade(trade, previous);
        expect(chained).to.deep.equal(trade);
        expect(checksum).to.be.within(0, 0xffff_ffff);
        const line = sealLine(tradeFields(trade), checksum);
        expect(line).to.match(/^[ -~]+,[0-9a-f]{8}\n$/);
        expect(parseTrade(line.trimEnd().split(',').slice(0, -1))).to.deep.equal(trade);
        const differ = Object.entries(trade).some(
          ([key, value]) => other[key as keyof typeof other] !== value,
        );
        expect(tradeFields(other) !== tradeFields(trade)).to.equal(differ);
      }),
      tries(1_000),
    ));

  it('trade line: what is read at all is written the same again, but for leading zeros', () =>
    fc.assert(
      fc.property(loneTrades, fc.nat(6), texts, (trade, column, text) => {
        const fields = tradeFields(trade).split(',').with(Math.min(column, 5), text);
        const read = parseTrade(column === 6 ? [...fields, text] : fields);
        expect(column === 6 ? read : undefined).to.equal(undefined);
        if (read) {
          const plain = fields.map((field, at) => ([0, 3, 5].includes(at) ? String(Number(field)) : field));
          expect(tradeFields(read)).to.equal(plain.join(','));
        }
      }),
      tries(3_000),
    ));

  it('count: digits are read as the number that they are, up to the limit, and nothing else is', () =>
    fc.assert(
      fc.property(fc.oneof(texts, fc.maxSafeNat().map(String)), fc.maxSafeNat(), (text, max) => {
        const isCount = text.length >= 1 && text.length <= 16 && !/[^0-9]/.test(text);
        const expected = isCount && BigInt(text) <= BigInt(max) ? Number(BigInt(text)) : undefined;
        expect(parseCount(text, max)).to.equal(expected);
      }),
      tries(3_000),
    ));

  it('idempotency key: taken as it is, or refused; none that could break a line of a log', () =>
    fc.assert(
      fc.property(fc.oneof(texts, orderIds), (text) => {
        const key = outcome(() => parseIdempotencyKey(text), ApiError);
        const valid =
          /^[\w.:-]+$/.test(text) && /^[^\W_]/.test(text) && text.length <= 64 && !text.endsWith('\n');
        expect(key).to.equal(valid ? text : 'refused');
      }),
      tries(3_000),
    ));

  it('request id: the given one if it is one, else one that never comes twice', () =>
    fc.assert(
      fc.property(fc.array(fc.option(texts)), (given) => {
        const ids = new RequestIds('me');
        const minted = new Set<string>();
        for (const text of given) {
          const id = ids.next(text ?? undefined);
          expect(id)
            .to.match(/^[\w.:-]{1,128}$/)
            .and.not.to.include('\n');
          if (id !== text) {
            expect(minted.has(id)).to.equal(false);
            minted.add(id);
          }
        }
      }),
      tries(500),
    ));

  it('order: any JSON at all is an order of whole shares and well-formed text, or 400', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record(
            {
              name: fc.string({ unit: 'binary' }),
              type: fc.string(),
              quantity: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
            },
            { requiredKeys: [] },
          ),
        ),
        (body) => {
          const parsed = outcome(() => parseOrder(body), ApiError);
          if (parsed !== 'refused') {
            const { name, type, quantity } = body as Record<string, unknown>;
            expect(parsed).to.deep.equal({ name, type, quantity });
            expect(Number.isInteger(parsed.quantity) && Math.abs(parsed.quantity) <= maxShares).to.equal(
              true,
            );
          }
        },
      ),
      tries(1_000),
    ));

  it('order: taken or refused rightly close to the border, too', () => {
    const text = fc.constantFrom('GameStart', '', 'buy', '\ud800', 'a\udfff', '😀', 5, null, undefined);
    const quantity = fc.oneof(
      fc.constantFrom(0, -0, 1.5, '1', null, undefined, Number.NaN, Infinity, 2 ** 53),
      fc.integer({ min: -1, max: 1 }).map((step) => maxShares + step),
      fc.integer({ min: -1, max: 1 }).map((step) => -maxShares + step),
    );
    const order = fc.record({ name: text, type: text, quantity });
    const isText = (value: unknown) => typeof value === 'string' && value.isWellFormed();
    const isQuantity = (value: unknown) => Number.isInteger(value) && Math.abs(Number(value)) <= maxShares;
    fc.assert(
      fc.property(order, (body) => {
        const isOrder = isText(body.name) && isText(body.type) && isQuantity(body.quantity);
        expect(outcome(() => parseOrder(body), ApiError) !== 'refused').to.equal(isOrder);
        expect(outcome(() => parseOrder([body]), ApiError)).to.equal('refused');
      }),
      tries(3_000),
    );
  });

  it('numbers in paths and queries: digits within bounds, or not found and 400', () =>
    fc.assert(
      fc.property(fc.oneof(texts, fc.nat(2_000).map(String)), (text) => {
        const digits = /^[0-9]+$/.test(text) && !text.endsWith('\n');
        const number = digits && text.length <= 10 && Number(text) <= maxShares ? Number(text) : undefined;
        expect(parseTransactionNumber(text)).to.equal(number);
        const limit = outcome(() => parseLimit(text, 10, 1_000), ApiError);
        const inBounds = digits && text.length <= 6 && Number(text) >= 1 && Number(text) <= 1_000;
        expect(limit).to.equal(inBounds ? Number(text) : 'refused');
      }),
      tries(3_000),
    ));

  it('settings: a whole number within its bounds, in spaces or not, is taken, all else is refused by name', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          texts,
          numbers.map(String),
          numbers.map((number) => ` ${number}\t`),
        ),
        (text) => {
          const leaseMs = outcome(() => parseConfig({ LEASE_MS: text }).LEASE_MS, ConfigError);
          const trimmed = text.trim();
          const value = Number(trimmed);
          const taken = /^[0-9]+$/.test(trimmed) && value >= 50 && value <= 10_000;
          expect(leaseMs).to.equal(trimmed === '' ? 300 : taken ? value : 'refused');
        },
      ),
      tries(2_000),
    ));
});
