// All trades of a history in memory, ready to be asked for by number. Ten million of them must fit, in each of four
// processes, so they are kept as columns of numbers: 20 bytes, and 16 more for an order id that is a UUID. As objects
// they took 300, and the garbage collector went through them again and again.
import { emptyLogEnd } from './domain.js';
import type { Checksum, LogEnd, Trade, TransactionNumber } from './domain.js';
import { maxOrderIdBytes, readOrderId, writeOrderId } from './order-id-bytes.js';

/** How many trades share one piece of memory: growing means one more piece, never a copy of all. */
const chunkTrades = 8_192;
const typicalIdBytes = 16;

/** The numbers kept of each trade, by their place. */
const column = { quantity: 0, name: 1, term: 2, checksum: 3, idEnd: 4 } as const;
const columns = 5;

/** Flags beside the index of the name. */
const sellFlag = 0x8000_0000;
const uuidFlag = 0x4000_0000;
const nameMask = 0x3fff_ffff;

class Chunk {
  readonly numbers = new Uint32Array(chunkTrades * columns);
  /** The order ids one after the other; `idEnd` says where each ends. */
  ids = Buffer.allocUnsafeSlow(chunkTrades * typicalIdBytes + maxOrderIdBytes);

  /** Makes room for one more order id behind `end`. */
  makeRoom(end: number): void {
    if (this.ids.length < end + maxOrderIdBytes) {
      const larger = Buffer.allocUnsafeSlow(this.ids.length * 2);
      this.ids.copy(larger, 0, 0, end);
      this.ids = larger;
    }
  }

  idStart(index: number): number {
    return index === 0 ? 0 : this.#at(index - 1, column.idEnd);
  }

  put(index: number, trade: Trade, nameIndex: number): void {
    const start = this.idStart(index);
    this.makeRoom(start);
    const { bytes, isUuid } = writeOrderId(trade.orderId, this.ids, start);
    const { numbers } = this;
    const base = index * columns;
    const flags = (trade.type === 'sell' ? sellFlag : 0) + (isUuid ? uuidFlag : 0);
    numbers[base + column.quantity] = trade.quantity;
    numbers[base + column.name] = nameIndex + flags;
    numbers[base + column.term] = trade.term;
    numbers[base + column.checksum] = trade.checksum;
    numbers[base + column.idEnd] = start + bytes;
  }

  checksum(index: number): Checksum {
    return this.#at(index, column.checksum);
  }

  get(index: number, number: TransactionNumber, names: readonly string[]): Trade {
    const name = this.#at(index, column.name);
    const isUuid = (name & uuidFlag) !== 0;
    return {
      number,
      name: names[name & nameMask] as string,
      type: (name & sellFlag) !== 0 ? 'sell' : 'buy',
      quantity: this.#at(index, column.quantity),
      orderId: readOrderId(this.ids, this.idStart(index), this.#at(index, column.idEnd), isUuid),
      term: this.#at(index, column.term),
      checksum: this.#at(index, column.checksum),
    };
  }

  #at(index: number, place: number): number {
    return this.numbers[index * columns + place] as number;
  }
}

/** Trades 1 to n. Each is made anew, as an object, when it is asked for. */
export class TradeList {
  readonly #chunks: Chunk[] = [];
  readonly #names: string[] = [];
  readonly #nameIndexes = new Map<string, number>();
  #length = 0;
  #end: LogEnd = emptyLogEnd;

  constructor(trades: Iterable<Trade> = []) {
    for (const trade of trades) {
      this.push(trade);
    }
  }

  /** The number of the last trade. */
  get length(): TransactionNumber {
    return this.#length;
  }

  get end(): LogEnd {
    return this.#end;
  }

  /** How the list ends after `number` of its trades. */
  endAt(number: TransactionNumber): LogEnd {
    return { number, checksum: this.checksum(number) ?? 0 };
  }

  get(number: TransactionNumber): Trade | undefined {
    const index = number - 1;
    return this.#has(number) ? this.#chunk(index).get(index % chunkTrades, number, this.#names) : undefined;
  }

  checksum(number: TransactionNumber): Checksum | undefined {
    const index = number - 1;
    return this.#has(number) ? this.#chunk(index).checksum(index % chunkTrades) : undefined;
  }

  /** At most `limit` trades that follow `number`. */
  after(number: TransactionNumber, limit: number): Trade[] {
    const count = Math.max(0, Math.min(limit, this.#length - number));
    return Array.from({ length: count }, (_, index) => this.get(number + 1 + index) as Trade);
  }

  /** Appends a trade, whose number must be the next one. */
  push(trade: Trade): void {
    const index = this.#length;
    if (index % chunkTrades === 0) {
      this.#chunks.push(new Chunk());
    }
    this.#chunk(index).put(index % chunkTrades, trade, this.#nameIndex(trade.name));
    this.#length += 1;
    this.#end = { number: trade.number, checksum: trade.checksum };
  }

  /** Takes back all trades after `number`. */
  truncate(number: TransactionNumber): void {
    this.#length = Math.min(this.#length, number);
    this.#chunks.length = Math.ceil(this.#length / chunkTrades);
    this.#end = this.endAt(this.#length);
  }

  #has(number: TransactionNumber): boolean {
    return Number.isInteger(number) && number >= 1 && number <= this.#length;
  }

  #chunk(index: number): Chunk {
    return this.#chunks[Math.floor(index / chunkTrades)] as Chunk;
  }

  #nameIndex(name: string): number {
    const known = this.#nameIndexes.get(name);
    if (known !== undefined) {
      return known;
    }
    this.#names.push(name);
    this.#nameIndexes.set(name, this.#names.length - 1);
    return this.#names.length - 1;
  }
}
