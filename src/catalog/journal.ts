// The journal: everything the ledger has decided, in order, on disk before anybody is told. All access to
// journal.csv is here. Three kinds of lines, told apart by the Type column:
//   42,GameStart,buy,3,<order id>,7,<checksum>              trade 42, in term 7
//   0,GameStart,refused-buy,300,<order id>,7,<checksum>     a refusal: not enough stocks left to buy
//   0,,term,3,,8,<checksum>                                 term 8 begins, replica 3 leads
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { message } from '../shared/answer-codes.js';
import { AppendFile, type OnWritten } from '../shared/append-file.js';
import { isTradeType, maxShares, orderIdPattern } from '../shared/domain.js';
import type { Checksum, Leadership, Term, Trade } from '../shared/domain.js';
import { chainChecksum, damage, readSealedCsv, sealLine } from '../shared/sealed-csv.js';
import type { IntactEnd, SealedLine } from '../shared/sealed-csv.js';
import { parseCount, parseTrade, tradeFields, tradeHeader } from '../shared/trade-line.js';
import { LedgerError } from './ledger.js';
import type { Proposal, Refusal } from './ledger.js';

const refusalReasons = { 'refused-buy': message.notEnough, 'refused-sell': message.tooMany } as const;

function refusalFields(refusal: Refusal, term: Term): string {
  return `0,${refusal.name},refused-${refusal.type},${refusal.quantity},${refusal.orderId},${term}`;
}

/** What a batch leaves behind. */
type Records = Pick<Proposal, 'trades' | 'refusals'>;

/** Takes over the records of a journal, in their order, as the ledger does. */
export interface JournalReader {
  beginTerm(leadership: Leadership): void;
  /** @throws LedgerError the record makes no sense after the ones before it */
  replayTrade(trade: Omit<Trade, 'checksum'>): void;
  replayRefusal(refusal: Refusal): void;
}

/**
 * Hands a record to the reader.
 * @param fields the columns of its line, without the checksum
 * @throws LedgerError it is none, or makes no sense
 */
export function replayRecord(fields: readonly string[], ledger: JournalReader): void {
  const [numberText, name = '', type = '', countText, orderId = '', termText] = fields;
  const count = parseCount(countText, maxShares);
  const term = parseCount(termText, 0xffff_ffff);
  if (isTradeType(type)) {
    const trade = parseTrade(fields);
    if (trade) {
      ledger.replayTrade(trade);
      return;
    }
  } else if (fields.length === 6 && numberText === '0' && count !== undefined && term !== undefined) {
    if (type === 'term') {
      ledger.beginTerm({ term, leaderId: count });
      return;
    }
    if (type in refusalReasons && orderIdPattern.test(orderId)) {
      const reason = refusalReasons[type as keyof typeof refusalReasons];
      ledger.replayRefusal({ orderId, name, type: type.slice('refused-'.length), quantity: count, reason });
      return;
    }
  }
  throw new LedgerError('is not a record of a journal');
}

/** Where a journal ends. */
export interface JournalEnd extends IntactEnd {
  readonly path: string;
  readonly checksum: Checksum;
}

export class Journal {
  readonly #file: AppendFile;
  #checksum: Checksum;
  #needsHeader: boolean;

  /** @param file cut to `end` */
  constructor(file: AppendFile, end: JournalEnd) {
    this.#file = file;
    this.#checksum = end.checksum;
    this.#needsHeader = end.bytes === 0;
  }

  /**
   * Replays `<directory>/journal.csv` into the ledger, without changing the file.
   * @throws DamagedFileError naming the line
   */
  static read(directory: string, ledger: JournalReader): JournalEnd {
    const path = join(directory, 'journal.csv');
    let checksum: Checksum = 0;
    if (!existsSync(path)) {
      return { path, checksum, bytes: 0, tornBytes: 0 };
    }
    const intact = readSealedCsv(path, tradeHeader, (line: SealedLine) => {
      try {
        replayRecord(line.fields, ledger);
      } catch (error) {
        throw error instanceof LedgerError ? damage(path, line.lineNumber, error.message) : error;
      }
      checksum = line.checksum;
    });
    return { path, checksum, ...intact };
  }

  /**
   * Opens the journal where it was found to end: what a crash cut off is dropped.
   * @param onFailure see AppendFile.open
   */
  static async open(
    end: JournalEnd,
    onFailure: (error: Error) => void,
    onWritten?: OnWritten,
  ): Promise<Journal> {
    return new Journal(await AppendFile.open(end.path, end.bytes, onFailure, onWritten), end);
  }

  /**
   * Records what a batch did.
   * @returns when it is durable
   * @throws DiskFullError nothing of it is recorded
   */
  appendBatch({ trades, refusals }: Records, term: Term): Promise<void> {
    return this.#append([
      ...trades.map(tradeFields),
      ...refusals.map((refusal) => refusalFields(refusal, term)),
    ]);
  }

  /** Records that a term begins; otherwise as appendBatch. */
  appendTerm(leadership: Leadership): Promise<void> {
    return this.#append([`0,,term,${leadership.leaderId},,${leadership.term}`]);
  }

  /** Records what has been decided elsewhere, each record by its columns; otherwise as appendBatch. */
  appendRecords(records: readonly (readonly string[])[]): Promise<void> {
    return this.#append(records.map((fields) => fields.join(',')));
  }

  /** See AppendFile.tryRoom. */
  tryRoom(bytes: number): Promise<void> {
    return this.#file.tryRoom(bytes);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  // One append at a time: the ledger's commit lock sees to that. So a failed one can be taken back.
  async #append(rows: readonly string[]): Promise<void> {
    let checksum = this.#checksum;
    let text = this.#needsHeader ? `${tradeHeader}\n` : '';
    for (const row of rows) {
      checksum = chainChecksum(row, checksum);
      text += sealLine(row, checksum);
    }
    await this.#file.append(text);
    this.#checksum = checksum;
    this.#needsHeader = false;
  }
}
