// Named places around every step that is durable or visible, at which a test can make a process fail (the idea of
// gofail and of FoundationDB's buggify). In production nothing happens there, unless FAILPOINTS says so.

/** All failpoints, by the service that passes them; `file` is passed by catalog and order replicas alike. */
export const failpointNames = [
  // Catalog: one commit, from the batch that arrives to the answer.
  'catalog.trade.received',
  'catalog.trade.decided',
  'catalog.trade.durable',
  'catalog.trade.pending',
  'catalog.invalidation.sending',
  'catalog.invalidation.acknowledged',
  'catalog.trade.invalidated',
  'catalog.trade.visible',
  'catalog.term.claimed',
  'catalog.term.durable',
  'catalog.lookup.handed',
  'catalog.session.begun',
  'catalog.session.renewed',
  'catalog.journal.read',
  'catalog.snapshot.taken',
  'catalog.snapshot.written',
  // A file that grows: journal and order logs.
  'file.append.writing',
  'file.append.durable',
  'file.append.undoing',
  'file.append.undone',
  // Order replica, as the leader.
  'order.order.received',
  'order.batch.sending',
  'order.batch.decided',
  'order.batch.durable',
  'order.batch.replicated',
  'order.batch.answered',
  'order.replicate.sending',
  'order.replicate.acknowledged',
  'order.insync.joined',
  'order.insync.left',
  'order.pull.received',
  'order.office.left',
  // Order replica, on its way to lead.
  'order.campaign.started',
  'order.campaign.level',
  'order.campaign.granted',
  'order.campaign.won',
  // Order replica, as a follower.
  'order.follower.received',
  'order.follower.durable',
  'order.catchup.received',
  'order.query.confirmed',
  // Frontend.
  'frontend.order.sending',
  'frontend.order.answered',
  'frontend.order.retrying',
  'frontend.replica.down',
  'frontend.election.proposing',
  'frontend.election.won',
  'frontend.lookup.answered',
  'frontend.invalidation.taken',
  'frontend.lease.renewed',
  'frontend.lease.ended',
] as const;

export type FailpointName = (typeof failpointNames)[number];

type Handler = (name: FailpointName) => void;

let handler: Handler | undefined;

/** Says that the process is at this place. */
export function failpoint(name: FailpointName): void {
  handler?.(name);
}

/** Has a function called at each failpoint; undefined: none, as at the beginning. One for the whole process. */
export function onFailpoint(callback: Handler | undefined): void {
  handler = callback;
}
