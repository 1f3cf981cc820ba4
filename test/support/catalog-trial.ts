// A catalog on a real directory, beside the naive model that says what it must answer.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CacheSessions } from '../../src/catalog/cache-sessions.js';
import { Catalog, type BatchOutcome, type JournalPort } from '../../src/catalog/catalog.js';
import { Journal } from '../../src/catalog/journal.js';
import { Ledger, type Decision, type Stock } from '../../src/catalog/ledger.js';
import { DiskFullError } from '../../src/shared/append-file.js';
import { maxShares, sameBody, type Leadership, type Order } from '../../src/shared/domain.js';
import { stock } from './example-trades.js';
import { FakeInvalidator } from './fake-invalidator.js';
import { TradingModel, type Verdict } from './trading-model.js';
import { VirtualClock } from './virtual-clock.js';

/** What happens to a catalog. */
export type Action =
  | { readonly kind: 'send'; readonly batches: readonly Sent[] }
  | { readonly kind: 'again'; readonly pick: number; readonly from: number; readonly to: number }
  | { readonly kind: 'term'; readonly leaderId: number }
  | { readonly kind: 'snapshot' | 'restart' | 'disk full' | 'room again' };
/** A batch, and how it is sent: as the leader of the current term does, or not quite. */
export interface Sent {
  readonly orders: readonly Order[];
  readonly sender: 'leader' | 'nobody' | 'other term' | 'other replica' | 'wrong number';
}

/** The journal on a disk that is full at times. */
class FullDisk implements JournalPort {
  readonly #journal: Journal;
  readonly #isFull: () => boolean;

  constructor(journal: Journal, isFull: () => boolean) {
    this.#journal = journal;
    this.#isFull = isFull;
  }

  async appendBatch(...args: Parameters<Journal['appendBatch']>): Promise<void> {
    this.#check();
    await this.#journal.appendBatch(...args);
  }

  async appendTerm(leadership: Leadership): Promise<void> {
    this.#check();
    await this.#journal.appendTerm(leadership);
  }

  async tryRoom(bytes: number): Promise<void> {
    this.#check();
    await this.#journal.tryRoom(bytes);
  }

  #check(): void {
    if (this.#isFull()) {
      throw new DiskFullError('no space left on device');
    }
  }
}

const unexpected = (error: Error): never => {
  throw error;
};

const initial = [stock('GameStart', 5), stock('BoarCo', 0)];

export class CatalogTrial {
  readonly model = new TradingModel(
    initial.map(({ name, quantity }) => [name, quantity]),
    maxShares,
  );
  readonly #directory: string;
  readonly #sent: Sent[] = [];
  /** The first answer to each key that was decided. */
  readonly #answers = new Map<string, Decision>();
  #leadership: Leadership = { term: 0, leaderId: 0 };
  #snapshot: readonly Stock[] = initial;
  #diskFull = false;
  #clock = new VirtualClock();
  #ledger = new Ledger([]);
  #journal: Journal | undefined;
  #catalog: Catalog | undefined;

  /** @param directory what an earlier trial left there is removed */
  constructor(directory: string) {
    this.#directory = directory;
    rmSync(join(directory, 'journal.csv'), { force: true });
  }

  get catalog(): Catalog {
    return this.#catalog as Catalog;
  }

  /** Ends the process, if there is one, and starts one with what is on the disk. */
  async restart(): Promise<void> {
    await this.#journal?.close();
    this.#clock = new VirtualClock();
    this.#ledger = new Ledger(this.#snapshot);
    this.#journal = await Journal.open(Journal.read(this.#directory, this.#ledger), unexpected);
    this.#catalog = new Catalog({
      ledger: this.#ledger,
      journal: new FullDisk(this.#journal, () => this.#diskFull),
      sessions: new CacheSessions(300),
      invalidator: new FakeInvalidator(),
      clock: this.#clock,
      alarm: (text) => unexpected(new Error(text)),
    });
    await this.#clock.advance(400);
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }

  async take(action: Action): Promise<void> {
    switch (action.kind) {
      case 'send':
        return this.#sendAtOnce(action.batches);
      case 'again': {
        const { orders: earlier, sender } = this.#sent[action.pick % this.#sent.length] ?? { orders: [] };
        const part = earlier.slice(action.from, action.to);
        return part.length > 0 && sender ? this.#sendAtOnce([{ orders: part, sender }]) : undefined;
      }
      case 'term':
        return this.#beginTerm(action.leaderId);
      case 'snapshot':
        this.#snapshot = await this.catalog.snapshot();
        return undefined;
      case 'restart':
        return this.restart();
      default:
        this.#diskFull = action.kind === 'disk full';
        return undefined;
    }
  }

  async #beginTerm(leaderId: number): Promise<void> {
    const { term } = this.#leadership;
    const { code } = await this.catalog.beginTerm(leaderId, term, { number: 0, checksum: 0 });
    expect(code).to.equal(this.#diskFull ? 503 : 200);
    this.#leadership = code === 200 ? { term: term + 1, leaderId } : this.#leadership;
  }

  async #sendAtOnce(batches: readonly Sent[]): Promise<void> {
    this.#sent.push(...batches);
    const { term, leaderId } = this.#leadership;
    const expected: { code: number; verdicts: Verdict[] }[] = [];
    const answers: Promise<BatchOutcome>[] = [];
    for (const { orders: batch, sender } of batches) {
      const from = {
        leader: this.#leadership,
        nobody: { term: 0, leaderId: 0 },
        'other term': { term: term + 1, leaderId },
        'other replica': { term, leaderId: leaderId + 1 },
        'wrong number': this.#leadership,
      }[sender];
      const firstNumber = this.model.executed.length + (sender === 'wrong number' ? 2 : 1);
      expected.push(this.#judge(batch, from, firstNumber));
      answers.push(this.catalog.trade({ ...from, firstNumber, orders: batch }));
    }
    const outcomes = await Promise.all(answers);
    const told = outcomes.map(({ code, decisions }) => ({
      code,
      verdicts: decisions.map((decision) =>
        decision.code === 200 ? { code: decision.code, number: decision.number } : { code: decision.code },
      ),
    }));
    expect(told).to.deep.equal(expected);
    outcomes.forEach(({ decisions }, at) => this.#compare(batches[at]?.orders ?? [], decisions));
  }

  /** Every answer to a decided order is the first one, to the letter. */
  #compare(asked: readonly Order[], decisions: readonly Decision[]): void {
    decisions.forEach((decision, at) => {
      const order = asked[at] as Order;
      const { orderId } = order;
      const decided = this.model.decided.get(orderId);
      if (decided && sameBody(decided.order, order)) {
        const first = this.#answers.get(orderId) ?? decision;
        expect(decision).to.deep.equal(first);
        this.#answers.set(orderId, first);
      }
    });
  }

  /** What the catalog must say to a batch; takes it over into the model if it has an effect. */
  #judge(
    batch: readonly Order[],
    from: Leadership,
    firstNumber: number,
  ): { code: number; verdicts: Verdict[] } {
    const { model } = this;
    const { term, leaderId } = this.#leadership;
    if (from.term !== 0 && (from.term !== term || from.leaderId !== leaderId)) {
      return { code: 409, verdicts: [] };
    }
    const hasNew = batch.some(({ orderId }) => !model.decided.has(orderId));
    if (from.term !== 0 && hasNew && firstNumber !== model.executed.length + 1) {
      return { code: 412, verdicts: [] };
    }
    if (this.#diskFull && this.#needsDisk(batch)) {
      return { code: 503, verdicts: [] };
    }
    return { code: 200, verdicts: batch.map((order) => model.decide(order)) };
  }

  /** Whether something in the batch would be decided for the first time, and for good. */
  #needsDisk(batch: readonly Order[]): boolean {
    const trial = new TradingModel(this.model.quantities, maxShares);
    this.model.decided.forEach((decided, key) => trial.decided.set(key, decided));
    batch.forEach((order) => trial.decide(order));
    return trial.decided.size > this.model.decided.size;
  }

  async check(): Promise<void> {
    const { model } = this;
    expect(this.#ledger.leadership).to.deep.equal(this.#leadership);
    const trades = this.#ledger.tradesAfter(0, 10_000);
    expect(trades.map(({ number }) => number)).to.deep.equal(model.executed.map((_, index) => index + 1));
    const executed = trades.map(({ orderId, name, type, quantity }) => ({ orderId, name, type, quantity }));
    expect(executed).to.deep.equal(model.executed);
    for (const { name, quantity, volume, version } of await this.catalog.listStocks()) {
      expect(quantity).to.be.at.least(0).and.to.equal(model.quantities.get(name));
      const own = model.executed.filter((order) => order.name === name);
      expect(volume).to.equal(own.reduce((sum, order) => sum + order.quantity, 0));
      expect(version).to.equal(model.executed.findLastIndex((order) => order.name === name) + 1);
    }
  }

  /** Every key once more: the same answer to the same body, none to another. */
  async repeatAll(): Promise<void> {
    for (const { order, verdict } of this.model.decided.values()) {
      const again = { term: 0, leaderId: 0, firstNumber: 0 };
      const other = { ...order, quantity: order.quantity + 1 };
      const { decisions } = await this.catalog.trade({ ...again, orders: [order, other, order] });
      expect(decisions.map(({ code }) => code)).to.deep.equal([verdict.code, 422, verdict.code]);
      this.#compare([order, other, order], decisions);
      const numbers = decisions.flatMap((decision) => ('number' in decision ? [decision.number] : []));
      expect(numbers).to.deep.equal(verdict.code === 200 ? [verdict.number, verdict.number] : []);
    }
    await this.check();
  }
}
