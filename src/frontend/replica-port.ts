// An order replica, as far as the frontend knows it.
import type { Leadership, ReplicaId, Term, TransactionNumber } from '../shared/domain.js';

/** What a replica says of itself. */
export interface ReplicaState extends Leadership {
  readonly role: string;
  readonly lastNumber: TransactionNumber;
  readonly checksum: number;
  /** Whether it could lead: it reaches the catalog, which executes trades, and its own disk takes writes. */
  readonly ready: boolean;
  /** Why not; empty if it could. */
  readonly unreadyReason: string;
  readonly inSyncIds: readonly ReplicaId[];
  readonly uptimeMs: number;
}

export interface Notice extends Leadership {
  readonly code: number;
}

/** The replica cannot be reached at all: nothing listens there, or its name does not resolve. */
export class UnreachableError extends Error {}

export interface ReplicaPort {
  readonly id: ReplicaId;
  /** @throws UnreachableError at once, or any other error when no answer came in time */
  heartbeat(): Promise<ReplicaState>;
  /** Tells the replica who leads; the named one takes office before it answers. */
  notify(leaderId: ReplicaId, term: Term): Promise<Notice>;
}
