// Reads a journal as the ledger does, but goes on where the ledger would stop, and notes what is wrong.
import type { JournalReader } from '../catalog/journal.js';
import { maxRefusals, type Refusal } from '../catalog/ledger.js';
import { OrderIdIndex } from '../catalog/order-id-index.js';
import type { Checksum, Leadership, Trade, TransactionNumber } from '../shared/domain.js';
import { chainTrade } from '../shared/trade-line.js';
import { TradeList } from '../shared/trade-list.js';
import type { Finding, FindingKind } from './finding.js';
import type { StockSums } from './stock-sums.js';

export class JournalAudit implements JournalReader {
  readonly findings: Finding[] = [];
  readonly #checksums: Checksum[] = [];
  /** The trades by their place in the journal: where a number is left out, that is another one. */
  readonly #list = new TradeList();
  readonly #places = new OrderIdIndex((place) => this.#list.get(place)?.orderId);
  /** The places from which on the numbers are no longer those that would follow. */
  readonly #jumps: { readonly place: number; readonly number: TransactionNumber }[] = [];
  /** The how manieth refusal a key was: the ledger forgets a refusal after so many later ones. */
  readonly #refusedAt = new Map<string, number>();
  readonly #sums: StockSums | undefined;
  #leadership: Leadership = { term: 0, leaderId: 0 };
  #lastNumber: TransactionNumber = 0;
  #lastChecksum: Checksum = 0;
  #refusals = 0;

  /** @param sums told of every trade; undefined if there is no initial catalog to count from */
  constructor(sums: StockSums | undefined) {
    this.#sums = sums;
  }

  /** The checksum of trade n at n - 1. */
  get checksums(): readonly Checksum[] {
    return this.#checksums;
  }

  get leadership(): Leadership {
    return this.#leadership;
  }

  get lastNumber(): TransactionNumber {
    return this.#lastNumber;
  }

  get trades(): number {
    return this.#list.length;
  }

  get refusals(): number {
    return this.#refusals;
  }

  beginTerm(leadership: Leadership): void {
    if (leadership.term <= this.#leadership.term) {
      this.#note('term', `term ${leadership.term} begins in the journal after term ${this.#leadership.term}`);
    }
    this.#leadership = leadership;
  }

  replayTrade(trade: Omit<Trade, 'checksum'>): void {
    const { number, orderId, term } = trade;
    if (number !== this.#lastNumber + 1) {
      this.#note('gap', `the journal has trade ${number} where ${this.#lastNumber + 1} should be`);
      this.#jumps.push({ place: this.trades + 1, number });
    }
    if (term !== this.#leadership.term) {
      this.#note(
        'term',
        `trade ${number} bears term ${term} in term ${this.#leadership.term} of the journal`,
      );
    }
    const earlier = this.#places.find(orderId);
    if (earlier !== undefined) {
      this.#note('key twice', `the key ${orderId} is trade ${this.#numberAt(earlier)} and trade ${number}`);
    } else if (this.#isRefused(orderId)) {
      this.#note('key twice', `the key ${orderId} was refused, and is trade ${number}`);
    }
    const chained = chainTrade(trade, this.#lastChecksum);
    this.#list.push(chained);
    if (earlier === undefined) {
      this.#places.add(orderId, this.trades);
    }
    this.#lastChecksum = chained.checksum;
    this.#checksums[number - 1] = this.#lastChecksum;
    this.#lastNumber = number;
    this.#sums?.add(trade);
  }

  replayRefusal({ orderId }: Refusal): void {
    if (this.#places.find(orderId) !== undefined || this.#isRefused(orderId)) {
      this.#note('key twice', `the key ${orderId} is refused after it was decided`);
    }
    this.#refusals += 1;
    this.#refusedAt.delete(orderId);
    this.#refusedAt.set(orderId, this.#refusals);
    const [oldest] = this.#refusedAt.keys();
    if (oldest !== undefined && !this.#isRefused(oldest)) {
      this.#refusedAt.delete(oldest);
    }
  }

  #numberAt(place: number): TransactionNumber {
    const jump = this.#jumps.findLast((each) => each.place <= place);
    return jump ? jump.number + place - jump.place : place;
  }

  #isRefused(orderId: string): boolean {
    const at = this.#refusedAt.get(orderId);
    return at !== undefined && this.#refusals - at < maxRefusals;
  }

  #note(kind: FindingKind, text: string): void {
    this.findings.push({ kind, text });
  }
}
