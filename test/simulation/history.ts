import type { ReplicaId, Term } from '../../src/shared/domain.js';

/** One attempt to have an order executed. */
export interface Posted {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly quantity: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  /** 0: the connection broke. */
  readonly code: number;
  readonly message: string;
  readonly number: number;
  /** The network may have sent it twice. */
  readonly doublesPossible: boolean;
}

export interface LookedUp {
  readonly name: string;
  readonly frontend: string;
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly quantity: number;
  readonly version: number;
  readonly use: string;
}

export interface Queried {
  readonly number: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly code: number;
  readonly order: { readonly name: string; readonly type: string; readonly quantity: number } | undefined;
}

/** What clients saw, and what was seen to be wrong on the spot. */
export class History {
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
