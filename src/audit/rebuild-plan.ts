// Decides what the catalog's files must hold after a rebuild, without writing anything: the initial catalog, and on top
// of it all trades of the longest order log, if that log can be trusted to be the whole history.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../catalog/journal.js';
import { Ledger, LedgerError, type Stock } from '../catalog/ledger.js';
import { findInitialCatalog, readStocks } from '../catalog/stock-file.js';
import { readOrders } from '../order/order-log.js';
import { maxTermGap, type Term, type Trade } from '../shared/domain.js';
import { readFacts } from './file-facts.js';
import { JournalAudit } from './journal-audit.js';
import { firstDifference, longestLog, readLogs, type LogEvidence } from './log-evidence.js';

/** A rebuild would guess, or destroy something. Shown without a stack. */
export class RebuildRefusedError extends Error {}

/** There is nothing to rebuild from. Shown without a stack. */
export class NothingToRebuildFromError extends Error {}

export interface RebuildOptions {
  readonly dataDirectory: string;
  /** The setting INITIAL_CATALOG. */
  readonly initialCatalog: string | undefined;
  /** Move a journal that is there aside. */
  readonly force: boolean;
}

export interface RebuildPlan {
  /** Directory of the catalog. */
  readonly directory: string;
  readonly source: LogEvidence;
  readonly initialCatalog: string;
  readonly initialStocks: readonly Stock[];
  /** Holds all trades, and the stocks after them. */
  readonly ledger: Ledger;
  /** The term that the rebuilt journal ends in. */
  readonly term: Term;
  /** Files that are in the way: they are renamed. */
  readonly asides: readonly string[];
  /** What may be lost by it. */
  readonly warnings: readonly string[];
}

/** @throws RebuildRefusedError, NothingToRebuildFromError, or ConfigError for the initial catalog */
export async function planRebuild(options: RebuildOptions): Promise<RebuildPlan> {
  const directory = join(options.dataDirectory, 'catalog');
  const logs = await readLogs(options.dataDirectory);
  const source = longestLog(logs);
  if (!source || source.checksums.length === 0) {
    const complaints = logs.map(({ path, complaint }) => complaint || `${path} holds no trades`);
    throw new NothingToRebuildFromError(['there is no trade to rebuild from:', ...complaints].join('\n  '));
  }
  checkAgreement(logs, source);
  const asides = filesInTheWay(directory, options.force);

  const initialCatalog = findInitialCatalog(directory, options.initialCatalog);
  const initialStocks = await readStocks(initialCatalog);
  const ledger = replay(source, initialCatalog, initialStocks);
  return {
    directory,
    source,
    initialCatalog,
    initialStocks,
    ledger,
    // Terms that began after the last trade are in no log. No leader of such a term may pass for the current one, and
    // none that has seen one may seem to know more than the journal; so the terms go on well above all of them.
    term: source.lastTerm + maxTermGap,
    asides,
    warnings: [
      ...logs.filter(({ state }) => state !== 'intact').map(absentWarning),
      ...initialWarnings(directory, initialCatalog, options),
      ...(await journalWarnings(directory, source.checksums.length)),
    ],
  };
}

/** All logs must be beginnings of the longest one, and none that cannot be read may be longer. */
function checkAgreement(logs: readonly LogEvidence[], source: LogEvidence): void {
  for (const log of logs) {
    const differsAt = firstDifference(log.checksums, source.checksums);
    if (differsAt !== undefined) {
      throw new RebuildRefusedError(
        `${log.path} and ${source.path} differ at trade ${differsAt}: one of them is not of this system. ` +
          'Find out which, and move it away.',
      );
    }
    if (log.state === 'damaged' && log.rows > source.checksums.length) {
      throw new RebuildRefusedError(
        `${log.complaint}\nIt has ${log.rows} rows, more than the ${source.checksums.length} trades of ` +
          `${source.path}, the longest intact log. Repair it, or move it away to rebuild without its last trades.`,
      );
    }
  }
}

function filesInTheWay(directory: string, force: boolean): string[] {
  const [journal = '', stocks = ''] = ['journal.csv', 'catalog.csv'].map((name) => join(directory, name));
  if (existsSync(journal) && !force) {
    throw new RebuildRefusedError(
      `${journal} exists. It knows refusals and terms that no order log has: a catalog that can use it needs no ` +
        'rebuild. If it cannot, --force moves it aside under a dated name.',
    );
  }
  return [journal, stocks].filter((path) => existsSync(path));
}

/** The ledger with all trades of a log on top of the initial catalog. */
function replay({ path, checksums }: LogEvidence, initialCatalog: string, stocks: readonly Stock[]): Ledger {
  const seen = stocks.find(({ version }) => version > checksums.length);
  if (seen) {
    throw new RebuildRefusedError(
      `${initialCatalog} has seen trade ${seen.version}, but ${path} ends with ${checksums.length}`,
    );
  }
  const ledger = new Ledger(stocks);
  let term: Term = 0;
  readOrders(path, (trade) => {
    if (trade.term < term) {
      throw new RebuildRefusedError(`${path}: trade ${trade.number} goes back from term ${term}`);
    }
    term = trade.term;
    replayOne(trade, ledger, initialCatalog, path);
  });
  return ledger;
}

function replayOne(trade: Trade, ledger: Ledger, initialCatalog: string, logPath: string): void {
  if (!ledger.stocks.has(trade.name)) {
    throw new RebuildRefusedError(
      `${logPath}: trade ${trade.number} is of ${trade.name}, which ${initialCatalog} does not list: add it there`,
    );
  }
  try {
    ledger.replayTrade(trade);
  } catch (error) {
    if (error instanceof LedgerError) {
      throw new RebuildRefusedError(
        `${logPath}: trade ${trade.number} ${error.message}, counted from ${initialCatalog}. ` +
          'Is that the catalog of the first start?',
        { cause: error },
      );
    }
    throw error;
  }
}

/** A catalog of one's own may have been lost with the directory; the shipped one then fits by chance at best. */
function initialWarnings(directory: string, path: string, { initialCatalog }: RebuildOptions): string[] {
  return initialCatalog === undefined && path !== join(directory, 'initial_catalog.csv')
    ? [
        `${path} is the catalog that we ship. If the first start had another one, give that with --initial-catalog`,
      ]
    : [];
}

/** A journal that is moved aside may be better than what replaces it. */
async function journalWarnings(directory: string, tradeCount: number): Promise<string[]> {
  const journal = new JournalAudit(undefined);
  const { state, path } = await readFacts(join(directory, 'journal.csv'), () =>
    Journal.read(directory, journal),
  );
  return state === 'intact' && journal.trades > tradeCount
    ? [`${path} is intact, and has ${journal.trades} trades: more than the longest order log`]
    : [];
}

function absentWarning({ name, state, complaint }: LogEvidence): string {
  return state === 'damaged'
    ? `${name} is not used: ${complaint}`
    : `${name} is not there to compare: ${complaint}. Orders that only ${name} and the catalog held are lost`;
}
