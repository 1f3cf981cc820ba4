import type { Happening, HappeningKind, LiveCatalog, LiveReplica, LiveState } from './messages.js';

/** All that can come, go or lead. */
export type LiveProcesses = Pick<LiveState, 'cluster' | 'catalog'>;

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

function catalogKinds(before: LiveCatalog, now: LiveCatalog): HappeningKind[] {
  if (before.state === 'unknown' || now.state === 'unknown' || before.state === now.state) {
    return [];
  }
  return [`catalog ${now.state}`];
}

/** What has happened between two looks. */
export function happeningsBetween(before: LiveProcesses, now: LiveProcesses, atMs: number): Happening[] {
  const replicas = now.cluster.replicas.flatMap((replica, index) => {
    const earlier = before.cluster.replicas[index];
    const kinds = earlier ? replicaKinds(earlier, replica) : [];
    return kinds.map((kind): Happening => ({ atMs, kind, replicaId: replica.id }));
  });
  const catalog = catalogKinds(before.catalog, now.catalog).map((kind) => ({ atMs, kind, replicaId: 0 }));
  const { leaderId, term } = now.cluster;
  const elected = leaderId !== 0 && (leaderId !== before.cluster.leaderId || term > before.cluster.term);
  const found = [...catalog, ...replicas];
  return elected ? [...found, { atMs, kind: 'elected', replicaId: leaderId }] : found;
}
