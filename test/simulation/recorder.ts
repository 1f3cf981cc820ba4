import type { History, LookedUp, Posted, Queried } from '../checker/history.js';
import type { ReplicaId, Term, TransactionNumber } from '../../src/shared/domain.js';

/** What clients saw, and what was seen to be wrong on the spot. */
export class Recorder implements History {
  readonly posts: Posted[] = [];
  readonly lookups: LookedUp[] = [];
  readonly queries: Queried[] = [];
  readonly violations: string[] = [];
  readonly #leaders = new Map<Term, ReplicaId>();
  readonly #tails = new Map<Term, TransactionNumber>();

  violation(text: string): void {
    if (this.violations.length < 20) {
      this.violations.push(text);
    }
  }

  /** I8: somebody acts as the leader of a term. */
  leads(leaderId: ReplicaId, term: Term): void {
    const known = this.#leaders.get(term);
    this.#leaders.set(term, leaderId);
    if (known !== undefined && known !== leaderId) {
      this.violation(`I8: replicas ${known} and ${leaderId} both lead in term ${term}`);
    }
  }

  /** The ledger grants a term, and ends with this number. */
  begins(term: Term, lastNumber: TransactionNumber): void {
    this.#tails.set(term, lastNumber);
  }

  /** F4: whoever leads holds everything from before its term, for certain. */
  holds(leaderId: ReplicaId, term: Term, durableNumber: TransactionNumber): void {
    const tail = this.#tails.get(term) ?? 0;
    if (durableNumber < tail) {
      this.violation(`I9: replica ${leaderId} leads in term ${term} with ${durableNumber} of ${tail} trades`);
    }
  }
}
