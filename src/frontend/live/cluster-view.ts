import type { LeaderFinder, ReplicaState } from '../leader-finder.js';
import type { LiveCluster, LiveReplica } from './messages.js';

/** A start that is reckoned from an age jitters by this much, ms. */
const jitterMs = 1_000;

function upSince(state: ReplicaState, before: LiveReplica | undefined, timeMs: number): number {
  const startedMs = Math.round(timeMs - state.uptimeMs);
  const known = before?.upSinceMs ?? 0;
  return Math.abs(startedMs - known) < jitterMs ? known : startedMs;
}

function replicaView(
  id: number,
  state: ReplicaState | undefined,
  leader: ReplicaState | undefined,
  before: LiveReplica | undefined,
  timeMs: number,
): LiveReplica {
  const lastNumber = state?.lastNumber ?? before?.lastNumber ?? 0;
  const lag = leader ? Math.max(0, leader.lastNumber - lastNumber) : 0;
  if (!state) {
    const term = before?.term ?? 0;
    return {
      id,
      role: 'down',
      term,
      lastNumber,
      lag,
      inSync: false,
      ready: false,
      checksum: '',
      upSinceMs: 0,
    };
  }
  return {
    id,
    role: state.role,
    term: state.term,
    lastNumber,
    lag,
    inSync: state === leader || (leader?.inSyncIds.includes(id) ?? false),
    ready: state.ready,
    checksum: state.checksum.toString(16).padStart(8, '0'),
    upSinceMs: upSince(state, before, timeMs),
  };
}

/**
 * The replicas as the frontend last heard them.
 * @param before what was seen last; of a replica that is down it is all there is
 * @param timeMs the time of day, ms since 1970
 */
export function clusterView(
  finder: Pick<LeaderFinder, 'leader' | 'highestTerm' | 'replicas'>,
  before: LiveCluster | undefined,
  timeMs: number,
): LiveCluster {
  const { leader, replicas } = finder;
  const leaderState = replicas.find(({ id }) => id === leader?.leaderId)?.state;
  return {
    leaderId: leader?.leaderId ?? 0,
    term: leader?.term ?? finder.highestTerm,
    replicas: replicas.map(({ id, state }) =>
      replicaView(
        id,
        state,
        leaderState,
        before?.replicas.find((replica) => replica.id === id),
        timeMs,
      ),
    ),
  };
}
