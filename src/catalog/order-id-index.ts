// Which order ids have been executed, and under which numbers: 8 bytes a slot, up to 10 slots for 7 trades. A Map of
// strings takes ten times that, ends at 16 million, and stands still for a second when it grows.
import type { TransactionNumber } from '../shared/domain.js';

/** The index is cut into so many tables, by the hash: each grows by itself, in less than a millisecond. */
const tableCount = 256;
const firstSlots = 16;
/** A table grows when it is fuller than that. */
const maxLoad = 0.7;

/** MurmurHash3's rounds for 32 bits, one letter at a time. The seed keeps collisions from being prepared. */
function hash(text: string, seed: number): number {
  let state = seed;
  for (let index = 0; index < text.length; index += 1) {
    state ^= Math.imul(text.charCodeAt(index), 0xcc9e_2d51);
    state = Math.imul((state << 13) | (state >>> 19), 5) + 0xe654_6b64;
  }
  state = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** A hash table with open addressing and linear probing. Each slot holds a hash and a number; number 0: it is free. */
class Table {
  #slots = new Uint32Array(firstSlots * 2);
  #count = 0;

  add(hashed: number, number: TransactionNumber): void {
    if (this.#count >= (this.#slots.length / 2) * maxLoad) {
      this.#grow();
    }
    this.#put(hashed, number);
    this.#count += 1;
  }

  /** The first number under this hash that `isIt`; undefined: none. */
  find(hashed: number, isIt: (number: TransactionNumber) => boolean): TransactionNumber | undefined {
    for (let slot = this.#first(hashed); ; slot = this.#next(slot)) {
      const number = this.#slots[slot + 1] as number;
      if (number === 0) {
        return undefined;
      }
      if (this.#slots[slot] === hashed && isIt(number)) {
        return number;
      }
    }
  }

  #first(hashed: number): number {
    return (Math.floor(hashed / tableCount) * 2) % this.#slots.length;
  }

  #next(slot: number): number {
    return (slot + 2) % this.#slots.length;
  }

  #put(hashed: number, number: TransactionNumber): void {
    let slot = this.#first(hashed);
    while (this.#slots[slot + 1] !== 0) {
      slot = this.#next(slot);
    }
    this.#slots[slot] = hashed;
    this.#slots[slot + 1] = number;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let slot = 0; slot < old.length; slot += 2) {
      if (old[slot + 1] !== 0) {
        this.#put(old[slot] as number, old[slot + 1] as number);
      }
    }
  }
}

export class OrderIdIndex {
  readonly #orderIdOf: (number: TransactionNumber) => string | undefined;
  readonly #seed: number;
  readonly #tables = Array.from({ length: tableCount }, () => new Table());

  /**
   * @param orderIdOf the order id of a trade, to tell those with the same hash apart
   * @param seed any 32-bit number; different ones spread the same ids differently
   */
  constructor(orderIdOf: (number: TransactionNumber) => string | undefined, seed = 0) {
    this.#orderIdOf = orderIdOf;
    this.#seed = seed;
  }

  /** Adds an id that is not in it. */
  add(orderId: string, number: TransactionNumber): void {
    const hashed = hash(orderId, this.#seed);
    this.#table(hashed).add(hashed, number);
  }

  /** Under which number an order was executed; undefined: under none. */
  find(orderId: string): TransactionNumber | undefined {
    const hashed = hash(orderId, this.#seed);
    return this.#table(hashed).find(hashed, (number) => this.#orderIdOf(number) === orderId);
  }

  #table(hashed: number): Table {
    return this.#tables[hashed % tableCount] as Table;
  }
}
