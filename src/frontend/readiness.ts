import type { LeaderFinder } from './leader-finder.js';
import type { ReplicaState } from './replica-port.js';

type KnownReplicas = Pick<LeaderFinder, 'leader' | 'replicas'>;

/** The leader, as it last answered; undefined if there is none or it is down. */
export function leaderState(finder: KnownReplicas): ReplicaState | undefined {
  return finder.replicas.find(({ id }) => id === finder.leader?.leaderId)?.state;
}

/** Why a trade would not succeed now; undefined if it would. */
export function unreadiness(finder: KnownReplicas): string | undefined {
  const leader = leaderState(finder);
  if (!leader) {
    return 'there is no order leader';
  }
  return leader.ready ? undefined : leader.unreadyReason;
}
