// Adds up, for each stock, what was there first and what was traded, and holds it against catalog.csv.
import type { Stock } from '../catalog/ledger.js';
import type { Trade, TransactionNumber } from '../shared/domain.js';
import type { Finding } from './finding.js';

/** A stock at the last trade that catalog.csv has seen. */
export interface StockSum {
  readonly name: string;
  readonly initial: number;
  readonly sold: number;
  readonly bought: number;
  /** initial + sold - bought */
  readonly expected: number;
  /** As catalog.csv has it; undefined: it could not be read, or does not list the stock. */
  readonly found: number | undefined;
  readonly isRight: boolean;
}

interface Account {
  readonly initial: Stock;
  /** After all trades. */
  left: number;
  wentBelowZero: boolean;
  /** The rest counts the trades that catalog.csv has seen. */
  sold: number;
  bought: number;
  version: TransactionNumber;
}

export class StockSums {
  /** The last trade that catalog.csv has seen. */
  readonly seenNumber: TransactionNumber;
  readonly findings: Finding[] = [];
  readonly #accounts: ReadonlyMap<string, Account>;
  readonly #current: ReadonlyMap<string, Stock>;
  readonly #unknown = new Set<string>();

  /**
   * @param initial the stocks before the first trade
   * @param current catalog.csv; empty if it cannot be read
   */
  constructor(initial: readonly Stock[], current: readonly Stock[]) {
    this.#accounts = new Map(
      initial.map((stock) => [
        stock.name,
        {
          initial: stock,
          left: stock.quantity,
          wentBelowZero: false,
          sold: 0,
          bought: 0,
          version: stock.version,
        },
      ]),
    );
    this.#current = new Map(current.map((stock) => [stock.name, stock]));
    this.seenNumber = current.reduce((max, { version }) => Math.max(max, version), 0);
  }

  /** Takes a trade of the journal into account. */
  add({ name, type, quantity, number }: Omit<Trade, 'checksum'>): void {
    const account = this.#accounts.get(name);
    if (!account) {
      this.#addUnknown(name, number);
      return;
    }
    account.left += type === 'buy' ? -quantity : quantity;
    if (account.left < 0 && !account.wentBelowZero) {
      account.wentBelowZero = true;
      this.findings.push({
        kind: 'negative stock',
        text: `trade ${number} leaves ${account.left} of ${name}, counted from the initial catalog`,
      });
    }
    if (number <= this.seenNumber) {
      account[type === 'buy' ? 'bought' : 'sold'] += quantity;
      account.version = number;
    }
  }

  /** All stocks of the initial catalog; what does not add up is added to the findings. */
  close(): StockSum[] {
    return [...this.#accounts.values()].map((account) => this.#sum(account));
  }

  /** Stocks of catalog.csv that the initial catalog does not list: their sums cannot be checked. */
  get added(): string[] {
    return [...this.#current.keys()].filter((name) => !this.#accounts.has(name));
  }

  #addUnknown(name: string, number: TransactionNumber): void {
    const isListed = this.#current.size === 0 || this.#current.has(name);
    if (!isListed && !this.#unknown.has(name)) {
      const text = `trade ${number} is of ${name}, which neither catalog.csv nor the initial catalog lists`;
      this.findings.push({ kind: 'unknown stock', text });
    }
    this.#unknown.add(name);
  }

  #sum({ initial, sold, bought, version }: Account): StockSum {
    const { name } = initial;
    const expected = initial.quantity + sold - bought;
    const stock = this.#current.get(name);
    const isRight =
      this.#current.size === 0 ||
      (stock?.quantity === expected &&
        stock.volume === initial.volume + sold + bought &&
        stock.version === version);
    if (!isRight) {
      const has = stock
        ? `has ${stock.quantity} (volume ${stock.volume}, version ${stock.version})`
        : 'does not list it';
      this.findings.push({
        kind: 'stock sum',
        text:
          `${name}: ${initial.quantity} at first + ${sold} sold - ${bought} bought = ${expected} ` +
          `(volume ${initial.volume + sold + bought}, version ${version}), but catalog.csv ${has}. ` +
          'Was it, or the initial catalog, changed by hand?',
      });
    }
    return { name, initial: initial.quantity, sold, bought, expected, found: stock?.quantity, isRight };
  }
}
