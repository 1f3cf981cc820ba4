// The cache of stocks alone, compared with the most naive one: a list in the order of use, and all that it was ever
// told to forget.
import { expect } from 'chai';
import * as fc from 'fast-check';
import { StockCache } from '../../src/frontend/stock-cache.js';
import type { Stock } from '../../src/frontend/stock.js';
import { propertyTimeoutMs, tries } from '../support/property-runs.js';

const names = fc.constantFrom('A', 'B', 'C', 'D', 'E');
const versions = fc.nat(6);

const actions = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'put' as const,
      'put' as const,
      'get' as const,
      'has' as const,
      'invalidate' as const,
      'drop' as const,
      'clear' as const,
    ),
    name: names,
    version: versions,
  }),
  { maxLength: 80, size: 'max' },
);

class NaiveCache {
  readonly #capacity: number;
  /** The least recently used one first. */
  kept: Stock[] = [];
  /** Every invalidation there ever was. */
  readonly #invalidations: { readonly name: string; readonly version: number }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(name: string): Stock | undefined {
    const found = this.kept.find((stock) => stock.name === name);
    return found && this.#use(found);
  }

  put(stock: Stock): void {
    if (!this.#isOld(stock)) {
      this.#use(stock);
      this.kept = this.#capacity === 0 ? [] : this.kept.slice(-this.#capacity);
    }
  }

  invalidate(name: string, version: number): void {
    this.#invalidations.push({ name, version });
    this.kept = this.kept.filter((stock) => !this.#isOld(stock));
  }

  drop(name: string): void {
    this.kept = this.kept.filter((stock) => stock.name !== name);
  }

  #use(stock: Stock): Stock {
    this.drop(stock.name);
    this.kept.push(stock);
    return stock;
  }

  #isOld({ name, version }: Stock): boolean {
    return this.#invalidations.some((each) => each.name === name && each.version > version);
  }
}

describe('property: stock cache', function () {
  this.timeout(propertyTimeoutMs);

  it('keeps and evicts what the naive cache does, and nothing below a version that it was told of', () =>
    fc.assert(
      fc.property(fc.nat(4), actions, (capacity, todo) => {
        const cache = new StockCache(capacity);
        const naive = new NaiveCache(capacity);
        for (const [at, { kind, name, version }] of todo.entries()) {
          const stock = { name, version, price: '1', quantity: at };
          switch (kind) {
            case 'put':
              cache.put(stock);
              naive.put(stock);
              break;
            case 'get':
              expect(cache.get(name)).to.deep.equal(naive.get(name));
              break;
            case 'has':
              expect(cache.has(name)).to.equal(naive.kept.some((each) => each.name === name));
              break;
            case 'invalidate':
              cache.invalidate(name, version);
              naive.invalidate(name, version);
              break;
            case 'drop':
              cache.drop(name);
              naive.drop(name);
              break;
            default:
              cache.clear();
              naive.kept = [];
          }
          expect(cache.size).to.equal(naive.kept.length);
        }
        for (const stock of naive.kept) {
          expect(cache.get(stock.name)).to.deep.equal(stock);
        }
      }),
      tries(2_000),
    ));
});
