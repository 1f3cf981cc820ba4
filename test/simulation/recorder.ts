import type { History, LookedUp, Posted, Queried } from '../checker/history.js';
import type { ReplicaId, Term } from '../../src/shared/domain.js';

/** What clients saw, and what was seen to be wrong on the spot. */
export class Recorder implements History {
  readonly posts: Posted[] = [];
  readonly lookups: LookedUp[] = [];
  readonly queries: Queried[] = [];
  readonly violations: string[] = [];
  readonly #leaders = new Map<Term, ReplicaId>();

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
}
