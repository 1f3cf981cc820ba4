import type { ReplicaId } from '../../shared/domain.js';
import type { LeaderFinder } from '../leader-finder.js';
import type { ReplicaState } from '../replica-port.js';
import type { LiveCluster, LiveReplica } from './messages.js';

interface Start {
  readonly uptimeMs: number;
  readonly sinceMs: number;
}

/** Looks at the replicas again and again, as the frontend last heard them, and remembers what was seen last. */
export class ClusterWatch {
  readonly #finder: Pick<LeaderFinder, 'leader' | 'highestTerm' | 'replicas'>;
  readonly #seen = new Map<number, LiveReplica>();
  readonly #starts = new Map<number, Start>();

  constructor(finder: Pick<LeaderFinder, 'leader' | 'highestTerm' | 'replicas'>) {
    this.#finder = finder;
  }

  /** @param timeMs the time of day, ms since 1970 */
  look(timeMs: number): LiveCluster {
    const { leader, replicas, highestTerm } = this.#finder;
    const leaderState = replicas.find(({ id }) => id === leader?.leaderId)?.state;
    return {
      leaderId: leader?.leaderId ?? 0,
      term: leader?.term ?? highestTerm,
      replicas: replicas.map(({ id, state }) => {
        const replica = state ? this.#up(id, state, leaderState, timeMs) : this.#down(id, leaderState);
        this.#seen.set(id, replica);
        return replica;
      }),
    };
  }

  #up(id: ReplicaId, state: ReplicaState, leader: ReplicaState | undefined, timeMs: number): LiveReplica {
    return {
      id,
      role: state.role,
      term: state.term,
      lastNumber: state.lastNumber,
      lag: lagOf(state.lastNumber, leader),
      inSync: this.#inSync(id, state, leader),
      ready: state.ready,
      checksum: state.checksum.toString(16).padStart(8, '0'),
      upSinceMs: this.#upSince(id, state, timeMs),
    };
  }

  /** Only a leader knows; while there is none, nothing is new. */
  #inSync(id: ReplicaId, state: ReplicaState, leader: ReplicaState | undefined): boolean {
    return leader ? state === leader || leader.inSyncIds.includes(id) : (this.#seen.get(id)?.inSync ?? false);
  }

  /** Where it was when it was last heard is all there is. */
  #down(id: number, leader: ReplicaState | undefined): LiveReplica {
    const { term = 0, lastNumber = 0 } = this.#seen.get(id) ?? {};
    const unknown = { inSync: false, ready: false, checksum: '', upSinceMs: 0 };
    return { id, role: 'down', term, lastNumber, lag: lagOf(lastNumber, leader), ...unknown };
  }

  /** Reckoned once for each start: how long it has been up is news that may be late. */
  #upSince(id: number, { uptimeMs }: ReplicaState, timeMs: number): number {
    const known = this.#starts.get(id);
    const sinceMs = known && uptimeMs >= known.uptimeMs ? known.sinceMs : Math.round(timeMs - uptimeMs);
    this.#starts.set(id, { uptimeMs, sinceMs });
    return sinceMs;
  }
}

function lagOf(lastNumber: number, leader: ReplicaState | undefined): number {
  return leader ? Math.max(0, leader.lastNumber - lastNumber) : 0;
}
