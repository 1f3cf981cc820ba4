// A replica's copy of all trades: in memory to answer from, and in orders.csv. All access to that file is here.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppendFile } from '../shared/append-file.js';
import { emptyLogEnd } from '../shared/domain.js';
import type { LogEnd, Trade, TransactionNumber } from '../shared/domain.js';
import { damage, readSealedCsv, sealLine } from '../shared/sealed-csv.js';
import type { IntactEnd } from '../shared/sealed-csv.js';
import { chainTrade, sealTrade, parseTrade, tradeFields, tradeHeader } from '../shared/trade-line.js';

/** Two replicas hold different trades under one number. The process must stop: one of the logs is not ours. */
export class LogConflictError extends Error {}

/** What the log needs of its file. */
export interface OrderFile {
  /** Resolves when `text` is durable; DiskFullError if nothing of it was written. */
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Reads an order log from its start, handing each trade to `visit`, without changing the file.
 * @throws DamagedFileError naming the line
 */
export function readOrders(path: string, visit: (trade: Trade) => void): IntactEnd {
  let lastNumber: TransactionNumber = 0;
  return readSealedCsv(path, tradeHeader, (line) => {
    const trade = parseTrade(line.fields);
    if (trade?.number !== lastNumber + 1) {
      throw damage(path, line.lineNumber, `is not trade ${lastNumber + 1}`);
    }
    lastNumber = trade.number;
    visit(sealTrade(trade, line.checksum));
  });
}

export class OrderLog {
  readonly #file: OrderFile;
  readonly #trades: Trade[];
  #durableNumber: TransactionNumber;
  #needsHeader: boolean;
  #writable = true;
  #lastAppend: Promise<void> = Promise.resolve();

  /** @param trades what the file holds, all of it durable */
  constructor(file: OrderFile, trades: Trade[], needsHeader: boolean) {
    this.#file = file;
    this.#trades = trades;
    this.#durableNumber = trades.length;
    this.#needsHeader = needsHeader;
  }

  /**
   * Opens `<directory>/orders.csv`. A line that a crash cut off is dropped.
   * @param onFailure see AppendFile.open
   * @returns the log, and how many bytes were dropped
   * @throws DamagedFileError naming the line
   */
  static async open(
    directory: string,
    onFailure: (error: Error) => void,
  ): Promise<{ log: OrderLog; droppedBytes: number }> {
    const path = join(directory, 'orders.csv');
    const trades: Trade[] = [];
    const intact = existsSync(path)
      ? readOrders(path, (trade) => void trades.push(trade))
      : { bytes: 0, tornBytes: 0 };
    const file = await AppendFile.open(path, intact.bytes, onFailure);
    return { log: new OrderLog(file, trades, intact.bytes === 0), droppedBytes: intact.tornBytes };
  }

  /** The end of the log, with what is still on its way to the disk. */
  get end(): LogEnd {
    return this.#trades.at(-1) ?? emptyLogEnd;
  }

  /** The end of what is on the disk for certain. */
  get durableEnd(): LogEnd {
    return this.#trades[this.#durableNumber - 1] ?? emptyLogEnd;
  }

  get(number: TransactionNumber): Trade | undefined {
    return this.#trades[number - 1];
  }

  /** At most `limit` trades that follow `number`. */
  after(number: TransactionNumber, limit: number): Trade[] {
    return this.#trades.slice(number, number + limit);
  }

  /** At most `limit` trades, newest first. */
  newest(limit: number): Trade[] {
    return this.#trades.slice(-limit).toReversed();
  }

  /** Whether the disk took the last write. */
  get writable(): boolean {
    return this.#writable;
  }

  /**
   * Appends consecutive trades; those that the log has already are compared instead.
   * @returns when everything up to the last of them is durable
   * @throws LogConflictError a trade differs from ours, or does not continue our history
   * @throws DiskFullError the log ends where it ended before
   * @throws RangeError there is a gap before one of them
   */
  async append(trades: readonly Trade[]): Promise<void> {
    const fresh = this.#fresh(trades);
    if (fresh.length > 0) {
      this.#trades.push(...fresh);
      this.#lastAppend = this.#store(fresh);
    }
    const last = trades.at(-1)?.number ?? 0;
    if (last > this.#durableNumber) {
      await this.#lastAppend;
    }
  }

  /**
   * Waits for the appends under way.
   * @throws DiskFullError the log ends where it ended before
   */
  async settle(): Promise<void> {
    if (this.end.number > this.#durableNumber) {
      await this.#lastAppend;
    }
  }

  async close(): Promise<void> {
    await this.#lastAppend.catch(() => undefined);
    await this.#file.close();
  }

  /** The trades that the log does not hold yet, after all have been found to belong to its history. */
  #fresh(trades: readonly Trade[]): Trade[] {
    const fresh: Trade[] = [];
    for (const trade of trades) {
      const end = fresh.at(-1) ?? this.end;
      if (trade.number > end.number + 1) {
        throw new RangeError(`trade ${trade.number} does not follow ${end.number}`);
      }
      const isNext = trade.number === end.number + 1;
      const expected = isNext ? chainTrade(trade, end.checksum) : this.#trades[trade.number - 1];
      if (expected?.checksum !== trade.checksum) {
        throw new LogConflictError(`trade ${trade.number} does not belong to the history of this log`);
      }
      if (isNext) {
        fresh.push(expected);
      }
    }
    return fresh;
  }

  async #store(trades: readonly Trade[]): Promise<void> {
    const { number } = this.end;
    const header = this.#needsHeader ? `${tradeHeader}\n` : '';
    this.#needsHeader = false;
    try {
      await this.#file.append(
        header + trades.map((trade) => sealLine(tradeFields(trade), trade.checksum)).join(''),
      );
      this.#durableNumber = number;
      this.#writable = true;
    } catch (error) {
      this.#needsHeader = this.#durableNumber === 0;
      this.#trades.length = this.#durableNumber;
      this.#writable = false;
      throw error;
    }
  }
}
