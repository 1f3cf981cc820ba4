// What `stock status` shows: pure.
import type { Config, ReplicaNumber } from '../shared/config.js';
import type { ClusterView } from './exchange-api.js';
import { drawTable } from './table.js';
import type { Colours } from './terminal.js';

/** One process. What is null is not known from here. */
interface ProcessStatus {
  readonly name: string;
  readonly address: string | null;
  readonly role: string;
  readonly term: number | null;
  readonly lastNumber: number | null;
  readonly lag: number | null;
  readonly inSync: boolean | null;
  readonly logHash: string | null;
  readonly upSince: string | null;
}

export interface SystemStatus {
  readonly url: string;
  /** Whether a trade would succeed. */
  readonly ready: boolean;
  readonly reason: string | null;
  readonly leaderId: number | null;
  readonly term: number;
  readonly processes: readonly ProcessStatus[];
}

export interface Observations {
  readonly url: URL;
  readonly cluster: ClusterView;
  readonly unreadiness: string | undefined;
  readonly frontendStart: Date | undefined;
  readonly now: Date;
  /** The settings of the system, if it is the one that they describe. */
  readonly config: Config | undefined;
}

const unknown = {
  term: null,
  lastNumber: null,
  lag: null,
  inSync: null,
  logHash: null,
  upSince: null,
} as const;

/** What was observed, as one status. */
export function describeSystem(seen: Observations): SystemStatus {
  const { url, cluster, unreadiness, config } = seen;
  return {
    url: url.origin,
    ready: unreadiness === undefined,
    reason: unreadiness ?? null,
    leaderId: cluster.leader_id || null,
    term: cluster.term,
    processes: [
      ...cluster.replicas.map((replica) => describeReplica(replica, seen)),
      {
        ...unknown,
        name: 'catalog',
        address: config?.CATALOG_ADDRESS ?? null,
        // The frontend's lease is one that the catalog confirms all the time.
        role: cluster.cache.lease_live ? 'ledger' : 'down',
      },
      {
        ...unknown,
        name: 'frontend',
        address: url.host,
        role: unreadiness === undefined ? 'ready' : 'not ready',
        upSince: seen.frontendStart ? toSeconds(seen.frontendStart) : null,
      },
    ],
  };
}

function describeReplica(
  replica: ClusterView['replicas'][number],
  { config, now }: Observations,
): ProcessStatus {
  const { id, role, uptime_ms: uptimeMs } = replica;
  const address = config?.orderAddresses[id as ReplicaNumber] ?? null;
  const name = `order-${id}`;
  if (role === 'down') {
    return { ...unknown, name, address, role };
  }
  return {
    name,
    address,
    role,
    term: replica.term,
    lastNumber: replica.last_transaction_num,
    lag: replica.lag,
    inSync: replica.in_sync,
    logHash: replica.checksum ?? null,
    upSince: uptimeMs === undefined ? null : toSeconds(new Date(now.getTime() - uptimeMs)),
  };
}

function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

const titles = ['process', 'address', 'role', 'term', 'last number', 'lag', 'log hash', 'up since'];

/** The status as a table, and one sentence. */
export function formatStatus(status: SystemStatus, colours: Colours): string {
  const rows = status.processes.map((process) => formatProcess(process, colours));
  const verdict = status.ready
    ? colours.green(`Trades succeed at ${status.url}.`)
    : colours.red(`Trades fail at ${status.url}: ${status.reason}.`);
  return `${drawTable(titles, rows, ['term', 'last number', 'lag'])}\n${verdict}`;
}

function formatProcess(process: ProcessStatus, colours: Colours): string[] {
  const { name, address, role, term, lastNumber, lag, logHash, upSince } = process;
  const paint =
    role === 'leader' ? colours.green : role === 'down' || role === 'not ready' ? colours.red : String;
  return [name, address, paint(role), term, lastNumber, lag, logHash, upSince].map((cell) =>
    String(cell ?? '-'),
  );
}
