// One look at everything: first at what the system says, then at the files, those first that follow the others. A
// trade is in the journal before it is in any log or in catalog.csv, so however fast the files grow meanwhile, what was
// read of a log or of catalog.csv must be in what was read of the journal.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Journal } from '../catalog/journal.js';
import type { Stock } from '../catalog/ledger.js';
import { findInitialCatalog, readStocks } from '../catalog/stock-file.js';
import { ConfigError } from '../shared/config.js';
import { askCluster, type Cluster } from './cluster.js';
import { readFacts, whyUnreadable, type FileFacts } from './file-facts.js';
import type { Finding } from './finding.js';
import { JournalAudit } from './journal-audit.js';
import { readLogs, type LogEvidence } from './log-evidence.js';
import { StockSums, type StockSum } from './stock-sums.js';

export interface LookOptions {
  readonly dataDirectory: string;
  /** Where the frontend is; undefined: it is not asked. */
  readonly url: URL | undefined;
  /** The setting INITIAL_CATALOG. */
  readonly initialCatalog: string | undefined;
  /** How long a trade may take to journal.csv, ms: where the ledger is in a database, that is a view. Left out: no time. */
  readonly viewLagMs?: number;
}

export interface Look {
  /** Undefined: nobody was asked, or nobody answered. */
  readonly cluster: Cluster | undefined;
  /** Why there is no answer of the system. */
  readonly silence: string;
  readonly logs: readonly LogEvidence[];
  readonly journal: FileFacts & { readonly audit: JournalAudit };
  readonly stocks: readonly StockSum[];
  /** The last trade that catalog.csv has seen; undefined if its sums cannot be checked. */
  readonly stocksSeenNumber: number | undefined;
  readonly findings: readonly Finding[];
  /** Files that could not be looked at, as sentences. */
  readonly unchecked: readonly string[];
  readonly notes: readonly string[];
}

export async function takeLook({
  dataDirectory,
  url,
  initialCatalog,
  viewLagMs = 0,
}: LookOptions): Promise<Look> {
  const answer = url ? await askCluster(url) : { silence: 'the system was not asked' };
  const cluster = 'silence' in answer ? undefined : answer;
  const silence = 'silence' in answer ? answer.silence : '';
  const logs = await readLogs(dataDirectory);
  await delay(viewLagMs);

  const directory = join(dataDirectory, 'catalog');
  const complaints = new Complaints();
  const current = await complaints.collect(async () => readExisting(join(directory, 'catalog.csv')));
  const initial = await complaints.collect(async () => readInitial(directory, initialCatalog));
  const sums = initial && new StockSums(initial, current ?? []);
  const audit = new JournalAudit(sums);
  const path = join(directory, 'journal.csv');
  const journal = { ...(await readFacts(path, () => Journal.read(directory, audit))), audit };

  const isWhole = journal.state === 'intact';
  const stocks = sums && isWhole ? sums.close() : [];
  const added =
    sums?.added.map((name) => `${name} is not in the initial catalog: its sum is not checked`) ?? [];
  return {
    cluster,
    silence,
    logs,
    journal,
    stocks,
    stocksSeenNumber: isWhole && current ? sums?.seenNumber : undefined,
    findings: [...complaints.findings, ...audit.findings, ...(sums?.findings ?? [])],
    unchecked: complaints.unchecked,
    notes: added,
  };
}

class UnreadableError extends Error {}

/** What is wrong with the catalog files: told, not thrown. */
class Complaints {
  readonly findings: Finding[] = [];
  readonly unchecked: string[] = [];

  async collect<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof UnreadableError) {
        this.unchecked.push(error.message);
      } else if (error instanceof ConfigError) {
        this.findings.push({ kind: 'damage', text: error.message });
      } else {
        throw error;
      }
      return undefined;
    }
  }
}

function readExisting(path: string): Promise<Stock[]> {
  const complaint = whyUnreadable(path);
  if (complaint !== undefined) {
    throw new UnreadableError(complaint);
  }
  return readStocks(path);
}

function readInitial(directory: string, initialCatalog: string | undefined): Promise<Stock[]> {
  try {
    return readExisting(findInitialCatalog(directory, initialCatalog));
  } catch (error) {
    throw error instanceof ConfigError ? new UnreadableError(error.message) : error;
  }
}

/** Whether there is anything of ours to look at. */
export function holdsState(dataDirectory: string): boolean {
  return ['catalog', 'order-1', 'order-2', 'order-3'].some((name) => existsSync(join(dataDirectory, name)));
}
