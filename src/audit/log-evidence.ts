// What is in the order logs, small enough to hold several of a million orders at once: since each checksum covers
// everything before it, two logs agree up to a number exactly if their checksums there are equal.
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readOrders } from '../order/order-log.js';
import { replicaNumbers } from '../shared/config.js';
import type { Checksum, ReplicaId, Term, TransactionNumber } from '../shared/domain.js';
import { readFacts, type FileFacts } from './file-facts.js';

export interface LogEvidence extends FileFacts {
  readonly id: ReplicaId;
  /** Name of the replica and of its directory. */
  readonly name: string;
  /** The checksum of trade n at n - 1; of a damaged log only up to the damage. */
  readonly checksums: readonly Checksum[];
  /** The term of its last trade. */
  readonly lastTerm: Term;
}

async function readLog(dataDirectory: string, id: ReplicaId): Promise<LogEvidence> {
  const name = `order-${id}`;
  const path = join(dataDirectory, name, 'orders.csv');
  const checksums: Checksum[] = [];
  let lastTerm: Term = 0;
  const facts = await readFacts(path, () =>
    readOrders(path, (trade) => {
      checksums.push(trade.checksum);
      lastTerm = trade.term;
    }),
  );
  return { ...facts, id, name, checksums, lastTerm };
}

/** Reads the logs of all replicas. */
export async function readLogs(dataDirectory: string): Promise<LogEvidence[]> {
  const logs: LogEvidence[] = [];
  for (const id of replicaNumbers) {
    logs.push(await readLog(dataDirectory, id));
    // Reading blocks: whatever else is due, such as the renewal of a lock, gets its turn.
    await nextTurn();
  }
  return logs;
}

/** The longest of the logs that are intact. */
export function longestLog(logs: readonly LogEvidence[]): LogEvidence | undefined {
  return logs
    .filter(({ state }) => state === 'intact')
    .reduce<LogEvidence | undefined>(
      (best, log) => (best && best.checksums.length >= log.checksums.length ? best : log),
      undefined,
    );
}

/** The first trade in which a log differs from a reference that it should be the beginning of. */
export function firstDifference(
  checksums: readonly Checksum[],
  reference: readonly Checksum[],
): TransactionNumber | undefined {
  const index = checksums.findIndex((checksum, at) => reference[at] !== checksum);
  return index === -1 ? undefined : index + 1;
}
