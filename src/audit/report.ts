// What one look means: pure.
import type { ReplicaId, Term, TransactionNumber } from '../shared/domain.js';
import type { ClusterReplica } from './cluster.js';
import type { FileFacts } from './file-facts.js';
import type { Finding } from './finding.js';
import { firstDifference, longestLog, type LogEvidence } from './log-evidence.js';
import type { Look } from './look.js';
import type { StockSum } from './stock-sums.js';

export interface ReplicaReport {
  readonly name: string;
  /** leader, follower, candidate or down; undefined: nobody was asked, or nobody answered. */
  readonly role: string | undefined;
  /** That it is in; if it was not asked, that of its last trade. */
  readonly term: Term;
  readonly lastNumber: TransactionNumber;
  readonly rows: number;
  /** How many trades it lacks of those that the journal held at the first look; undefined: cannot be told. */
  readonly behind: number | undefined;
  /** The first trade in which it is not the journal. */
  readonly differsAt: TransactionNumber | undefined;
  readonly file: FileFacts['state'];
  readonly sha256: string;
}

interface LedgerReport {
  readonly lastNumber: TransactionNumber;
  readonly term: Term;
  /** 0: not known, as after a rebuild. */
  readonly leaderId: ReplicaId;
  readonly trades: number;
  readonly refusals: number;
  readonly rows: number;
  readonly file: FileFacts['state'];
  readonly sha256: string;
}

export interface Report {
  readonly dataDirectory: string;
  /** Where the running system answered; undefined: files only. */
  readonly url: string | undefined;
  readonly replicas: readonly ReplicaReport[];
  readonly ledger: LedgerReport;
  readonly stocks: readonly StockSum[];
  /** The last trade that catalog.csv has seen; undefined if its sums cannot be checked. */
  readonly stocksSeenNumber: TransactionNumber | undefined;
  /** What is wrong. */
  readonly findings: readonly Finding[];
  /** What could not be checked. */
  readonly unchecked: readonly string[];
  /** What is worth knowing, and not wrong. */
  readonly notes: readonly string[];
  readonly verdict: 'good' | 'wrong' | 'unchecked';
}

/** Where the look was taken, and up to which trade a replica must have come to count as level. */
export interface Scope {
  readonly dataDirectory: string;
  readonly url: URL | undefined;
  readonly targetNumber: TransactionNumber;
}

export function judge(look: Look, scope: Scope): Report {
  const { journal, cluster } = look;
  const files = [...look.logs, journal];
  const replicas = look.logs.map((log) => replicaReport(log, look, scope.targetNumber));
  const findings: Finding[] = [
    ...files
      .filter(({ state }) => state === 'damaged')
      .map(({ complaint }) => ({ kind: 'damage' as const, text: complaint })),
    ...look.findings,
    ...snapshotFindings(look),
    ...replicas.flatMap((replica) => replicaFindings(replica, look)),
    ...(cluster ? clusterFindings(look) : []),
  ];
  const unchecked = [
    ...files.filter(({ state }) => state === 'unreadable').map(({ complaint }) => complaint),
    ...look.unchecked,
  ];
  const { lastNumber, leadership, trades, refusals } = journal.audit;
  const { rows, state: file, sha256 } = journal;
  return {
    dataDirectory: scope.dataDirectory,
    url: cluster ? scope.url?.origin : undefined,
    replicas,
    ledger: { lastNumber, ...leadership, trades, refusals, rows, file, sha256 },
    stocks: look.stocks,
    stocksSeenNumber: look.stocksSeenNumber,
    findings,
    unchecked,
    notes: [...notes(look, replicas)],
    verdict: findings.length > 0 ? 'wrong' : unchecked.length > 0 ? 'unchecked' : 'good',
  };
}

function saidBy(log: Pick<LogEvidence, 'id'>, look: Look): ClusterReplica | undefined {
  return look.cluster?.replicas.find(({ id }) => id === log.id);
}

function replicaReport(log: LogEvidence, look: Look, targetNumber: TransactionNumber): ReplicaReport {
  const said = saidBy(log, look);
  const isAway = !said || said.role === 'down';
  const journalIsWhole = look.journal.state === 'intact';
  const reference = journalIsWhole ? look.journal.audit : longestLog(look.logs);
  const lastNumber = log.checksums.length;
  return {
    name: log.name,
    role: said?.role,
    term: isAway ? log.lastTerm : said.term,
    lastNumber,
    rows: log.rows,
    behind: log.state === 'intact' && journalIsWhole ? Math.max(0, targetNumber - lastNumber) : undefined,
    differsAt: reference && firstDifference(log.checksums, reference.checksums),
    file: log.state,
    sha256: log.sha256,
  };
}

/** catalog.csv is written from the ledger, whose trades are in the journal. */
function snapshotFindings({ stocksSeenNumber = 0, journal }: Look): Finding[] {
  const { lastNumber } = journal.audit;
  return stocksSeenNumber > lastNumber
    ? [
        {
          kind: 'stock sum',
          text: `catalog.csv has seen trade ${stocksSeenNumber}, but the journal ends with ${lastNumber}`,
        },
      ]
    : [];
}

function replicaFindings(replica: ReplicaReport, look: Look): Finding[] {
  const { name, role, differsAt, behind } = replica;
  const findings: Finding[] = [];
  const { state, audit } = look.journal;
  if (differsAt !== undefined && state !== 'intact') {
    findings.push({ kind: 'difference', text: `${name} differs from the longest log at trade ${differsAt}` });
  } else if (differsAt !== undefined) {
    const text =
      differsAt > audit.lastNumber
        ? `${name} holds trades from ${differsAt} on, the journal ends with ${audit.lastNumber}`
        : `${name} differs from the journal at trade ${differsAt}`;
    findings.push({ kind: 'difference', text });
  } else if (behind && role !== undefined && role !== 'down') {
    findings.push({ kind: 'lag', text: `${name} runs, but has not caught up: it lacks ${behind} trades` });
  }
  return findings;
}

/** The files were read after the system was asked, so they hold at least what it said. */
function clusterFindings(look: Look): Finding[] {
  const findings: Finding[] = [];
  const hint = 'Are these the files of that system (--data-dir, --url)?';
  for (const log of look.logs.filter(({ state }) => state === 'intact')) {
    const said = saidBy(log, look);
    const number = said?.last_transaction_num ?? 0;
    const checksum = log.checksums[number - 1]?.toString(16).padStart(8, '0');
    if (said && said.role !== 'down' && number > 0 && checksum !== said.checksum) {
      const ours = checksum ? `another trade ${number}` : `${log.checksums.length} trades`;
      findings.push({
        kind: 'difference',
        text: `${log.name} says that it holds ${number} trades, its file has ${ours}. ${hint}`,
      });
    }
  }
  const { state, audit } = look.journal;
  const term = look.cluster?.term ?? 0;
  if (state === 'intact' && term > audit.leadership.term) {
    const text = `the system is in term ${term}, the journal knows only ${audit.leadership.term}. ${hint}`;
    findings.push({ kind: 'term', text });
  }
  return findings;
}

function* notes(look: Look, replicas: readonly ReplicaReport[]): Generator<string> {
  if (!look.cluster) {
    yield `files only: ${look.silence}`;
  }
  const numbers = replicas.filter(({ behind }) => behind === 0).map(({ lastNumber }) => lastNumber);
  if (look.cluster && numbers.some((number) => number !== look.journal.audit.lastNumber)) {
    yield 'trades go on while the files are read one after the other: each SHA-256 is up to its last number';
  }
  yield* look.notes;
  for (const { name, role, behind, differsAt } of replicas) {
    if (behind && differsAt === undefined && (role === undefined || role === 'down')) {
      yield `${name} is ${behind} trades behind; it catches up when it runs`;
    } else if (role === 'down') {
      yield `${name} is down`;
    }
  }
  for (const { path, tornBytes } of look.cluster ? [] : [...look.logs, look.journal]) {
    if (tornBytes > 0) {
      yield `${path} ends with ${tornBytes} bytes of a record that was cut off; nobody was told of it`;
    }
  }
}
