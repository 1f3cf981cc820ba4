import type { OrderFile } from '../../src/order/order-log.js';
import { DiskFullError } from '../../src/shared/append-file.js';

/** A replica's file in memory: durable at once, later, or not at all. */
export class MemoryOrderFile implements OrderFile {
  text = '';
  /** The disk has no room. */
  full = false;
  #held: (() => void)[] | undefined;

  /** The lines below the header. */
  get rows(): string[] {
    return this.text.split('\n').slice(1, -1);
  }

  async append(lines: Buffer): Promise<void> {
    await new Promise<void>((resolve) => (this.#held ? this.#held.push(resolve) : resolve()));
    if (this.full) {
      throw new DiskFullError('no space left on device');
    }
    this.text += lines.toString();
  }

  /** From now on the disk is busy. */
  hold(): void {
    this.#held ??= [];
  }

  /** What the disk was busy with is done now. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.forEach((resolve) => resolve());
  }

  async close(): Promise<void> {
    this.release();
  }
}
