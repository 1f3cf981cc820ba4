// A replica's copy of all trades: in memory to answer from, and in orders.csv. All access to that file is here.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppendFile, type OnWritten } from '../shared/append-file.js';
import type { LogEnd, Trade, TransactionNumber } from '../shared/domain.js';
import { damage, openLine, readSealedCsv, scanBuffer } from '../shared/sealed-csv.js';
import type { IntactEnd } from '../shared/sealed-csv.js';
import { parseTrade, sealTrades, tradeHeader, tradeLines } from '../shared/trade-line.js';
import { TradeList } from '../shared/trade-list.js';
import { LineTail } from './line-tail.js';

/** Two replicas hold different trades under one number. The process must stop: one of the logs is not ours. */
export class LogConflictError extends Error {}

/** Trades are missing between the end of the log and those that it was given. */
export class LogGapError extends Error {}

/** What the log needs of its file. */
export interface OrderFile {
  /** Resolves when `lines` are durable; DiskFullError if nothing of them was written. */
  append(lines: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** A trade that has not been chained to the one before it. */
type UnsealedTrade = Omit<Trade, 'checksum'>;

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
    visit({ ...trade, checksum: line.checksum });
  });
}

export class OrderLog {
  readonly #file: OrderFile;
  readonly #trades: TradeList;
  readonly #tail = new LineTail();
  #durableEnd: LogEnd;
  #needsHeader: boolean;
  #writable = true;
  #lastAppend: Promise<void> = Promise.resolve();

  /** @param trades what the file holds, all of it durable */
  constructor(file: OrderFile, trades: TradeList, needsHeader: boolean) {
    this.#file = file;
    this.#trades = trades;
    this.#durableEnd = trades.end;
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
    onWritten?: OnWritten,
  ): Promise<{ log: OrderLog; droppedBytes: number }> {
    const path = join(directory, 'orders.csv');
    const trades = new TradeList();
    const intact = existsSync(path)
      ? readOrders(path, (trade) => trades.push(trade))
      : { bytes: 0, tornBytes: 0 };
    const file = await AppendFile.open(path, intact.bytes, onFailure, onWritten);
    return { log: new OrderLog(file, trades, intact.bytes === 0), droppedBytes: intact.tornBytes };
  }

  /** The end of the log, with what is still on its way to the disk. */
  get end(): LogEnd {
    return this.#trades.end;
  }

  /** The end of what is on the disk for certain. */
  get durableEnd(): LogEnd {
    return this.#durableEnd;
  }

  get(number: TransactionNumber): Trade | undefined {
    return this.#trades.get(number);
  }

  /** At most `limit` trades that follow `number`. */
  after(number: TransactionNumber, limit: number): Trade[] {
    return this.#trades.after(number, limit);
  }

  /** The same as the lines of the log. */
  linesAfter(number: TransactionNumber, limit: number): Buffer {
    return this.#tail.after(number, limit) ?? tradeLines(this.after(number, limit));
  }

  /** At most `limit` trades, those just below `before`, newest first. */
  newest(limit: number, before = this.end.number + 1): Trade[] {
    const last = Math.min(this.end.number, before - 1);
    const first = Math.max(0, last - limit);
    return this.#trades.after(first, last - first).toReversed();
  }

  /** Whether the disk took the last write. */
  get writable(): boolean {
    return this.#writable;
  }

  /**
   * Appends trades that the ledger has just executed: the next ones, in their order.
   * @returns when they are durable
   * @throws DiskFullError the log ends where it ended before
   */
  extend(trades: readonly UnsealedTrade[]): Promise<void> {
    if (trades.length === 0) {
      return Promise.resolve();
    }
    const { sealed, lines } = sealTrades(trades, this.end.checksum);
    return this.#add(sealed, lines);
  }

  /**
   * Appends consecutive trades; those that the log has already are compared instead.
   * @returns when everything up to the last of them is durable
   * @throws LogConflictError a trade differs from ours, or does not continue our history
   * @throws LogGapError there is a gap before one of them
   * @throws DiskFullError the log ends where it ended before
   */
  append(trades: readonly Trade[]): Promise<void> {
    return this.appendLines(tradeLines(trades));
  }

  /** The same for trades as lines of a log. */
  async appendLines(lines: Buffer): Promise<void> {
    const fresh: Trade[] = [];
    let freshBytes = 0;
    let last: TransactionNumber = 0;
    const rest = scanBuffer(lines, (start, end) => {
      const trade = this.#check(lines, start, end, fresh.at(-1) ?? this.end);
      last = trade.number;
      if (last > this.end.number) {
        fresh.push(trade);
        freshBytes += end + 1 - start;
      }
    });
    if (rest < lines.length) {
      throw new LogConflictError('the last line is not complete');
    }
    void this.#add(fresh, lines.subarray(lines.length - freshBytes)).catch(() => undefined);
    if (last > this.#durableEnd.number) {
      await this.#lastAppend;
    }
  }

  /**
   * Waits for the appends under way.
   * @throws DiskFullError the log ends where it ended before
   */
  async settle(): Promise<void> {
    if (this.end.number > this.#durableEnd.number) {
      await this.#lastAppend;
    }
  }

  async close(): Promise<void> {
    await this.#lastAppend.catch(() => undefined);
    await this.#file.close();
  }

  /**
   * The trade of a line, after it has been found to belong to this history.
   * @param previous the trade that a new one must follow
   */
  #check(lines: Buffer, start: number, end: number, previous: LogEnd): Trade {
    const number = Number.parseInt(lines.toString('latin1', start, Math.min(end, start + 11)), 10);
    if (number > previous.number + 1) {
      throw new LogGapError(`trade ${number} does not follow ${previous.number}`);
    }
    const before = number === previous.number + 1 ? previous : this.#trades.endAt(number - 1);
    const line = openLine(lines, start, end, before.checksum);
    const trade = line && parseTrade(line.fields);
    const known = this.#trades.checksum(number);
    if (trade?.number !== number || (known !== undefined && known !== line?.checksum)) {
      throw new LogConflictError(`trade ${number} does not belong to the history of this log`);
    }
    return { ...trade, checksum: (line as NonNullable<typeof line>).checksum };
  }

  #add(fresh: readonly Trade[], lines: Buffer): Promise<void> {
    const [first] = fresh;
    if (first) {
      fresh.forEach((trade) => this.#trades.push(trade));
      this.#tail.push(first.number, this.end.number, lines);
      this.#lastAppend = this.#store(lines);
    }
    return this.#lastAppend;
  }

  async #store(lines: Buffer): Promise<void> {
    const { end } = this;
    const header = this.#needsHeader ? `${tradeHeader}\n` : '';
    this.#needsHeader = false;
    try {
      await this.#file.append(header ? Buffer.concat([Buffer.from(header), lines]) : lines);
      this.#durableEnd = end;
      this.#writable = true;
    } catch (error) {
      this.#needsHeader = this.#durableEnd.number === 0;
      this.#trades.truncate(this.#durableEnd.number);
      this.#tail.truncate(this.#durableEnd.number);
      this.#writable = false;
      throw error;
    }
  }
}
