import type { ReplicateOutcome } from '../../src/order/follower-link.js';
import { parseTradeLines } from './trade-lines.js';
import type { PeerPort } from '../../src/order/replica.js';
import type { Leadership, ReplicaId, Term, Trade, TransactionNumber } from '../../src/shared/domain.js';

interface Batch {
  readonly term: Term;
  readonly numbers: readonly TransactionNumber[];
}

/** Another replica as a leader sees it: takes trades, or answers late, or not at all. */
export class FakeFollower implements PeerPort {
  readonly id: ReplicaId;
  readonly trades: Trade[] = [];
  /** What it was sent, in order, whatever became of it. */
  readonly batches: Batch[] = [];
  /** How often it was asked for trades. */
  questions = 0;
  /** The highest term that it knows. */
  term: Term = 0;
  /** `away`: calls fail at once; `full`: its disk takes nothing. */
  mode: 'up' | 'away' | 'full' = 'up';
  #held: (() => void)[] | undefined;

  constructor(id: ReplicaId, trades: readonly Trade[] = []) {
    this.id = id;
    this.trades.push(...trades);
  }

  /** From now on it takes trades, but does not answer. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.forEach((resolve) => resolve());
  }

  async replicate(leadership: Leadership, lines: Buffer): Promise<ReplicateOutcome> {
    const trades = parseTradeLines(lines);
    this.batches.push({ term: leadership.term, numbers: trades.map(({ number }) => number) });
    if (this.mode === 'away') {
      throw new Error(`replica ${this.id} is away`);
    }
    await new Promise<void>((resolve) => (this.#held ? this.#held.push(resolve) : resolve()));
    return this.#take(leadership, trades);
  }

  async tradesAfter(number: TransactionNumber, limit: number): Promise<readonly Trade[]> {
    this.questions += 1;
    if (this.mode === 'away') {
      throw new Error(`replica ${this.id} is away`);
    }
    return this.trades.slice(number, number + limit);
  }

  #take(leadership: Leadership, trades: readonly Trade[]): ReplicateOutcome {
    if (leadership.term < this.term) {
      return this.#outcome(409);
    }
    this.term = leadership.term;
    if ((trades[0]?.number ?? 0) > this.trades.length + 1) {
      return this.#outcome(412);
    }
    if (this.mode === 'full') {
      return this.#outcome(503);
    }
    this.trades.push(...trades.filter(({ number }) => number > this.trades.length));
    return this.#outcome(200);
  }

  #outcome(code: number): ReplicateOutcome {
    return { code, term: this.term, lastNumber: this.trades.length };
  }
}
