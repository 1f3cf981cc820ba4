import type { Happening, HappeningKind, LiveCluster, LiveReplica } from './messages.js';

const isDown = ({ role }: LiveReplica): boolean => role === 'down';

function replicaKinds(before: LiveReplica, now: LiveReplica): HappeningKind[] {
  if (isDown(now)) {
    return isDown(before) ? [] : ['down'];
  }
  // Started again between two looks: it was down, though nobody saw it.
  const restarted = !isDown(before) && now.upSinceMs > before.upSinceMs;
  const kinds: HappeningKind[] = restarted ? ['down', 'up'] : isDown(before) ? ['up'] : [];
  return now.inSync && (restarted || !before.inSync) && now.role !== 'leader'
    ? [...kinds, 'caught up']
    : kinds;
}

/** What has happened to the replicas between two looks at them. */
export function happeningsBetween(before: LiveCluster, now: LiveCluster, atMs: number): Happening[] {
  const found = now.replicas.flatMap((replica, index) => {
    const earlier = before.replicas[index];
    const kinds = earlier ? replicaKinds(earlier, replica) : [];
    return kinds.map((kind): Happening => ({ atMs, kind, replicaId: replica.id }));
  });
  const elected = now.leaderId !== 0 && (now.leaderId !== before.leaderId || now.term > before.term);
  return elected ? [...found, { atMs, kind: 'elected', replicaId: now.leaderId }] : found;
}
