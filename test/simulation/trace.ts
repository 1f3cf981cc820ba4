import { crc32 } from 'node:zlib';
import type { Timeline } from './timeline.js';

/** What happened, line by line. Equal checksums mean equal runs. */
export class Trace {
  readonly lines: string[] = [];
  readonly #timeline: Timeline;
  readonly #keepsLines: boolean;
  #checksum = 0;

  /** @param keepsLines whether somebody will read them; the checksum is the same */
  constructor(timeline: Timeline, keepsLines: boolean) {
    this.#timeline = timeline;
    this.#keepsLines = keepsLines;
  }

  get checksum(): number {
    return this.#checksum;
  }

  /** @param detail shown, but not part of the checksum */
  add(who: string, what: string, detail?: unknown): void {
    const line = `${this.#timeline.nowMs} ${who} ${what}`;
    this.#checksum = crc32(line, this.#checksum);
    if (this.#keepsLines) {
      const value = detail === undefined ? '' : `: ${JSON.stringify(detail)?.slice(0, 400)}`;
      this.lines.push(`${this.#timeline.nowMs.toFixed(3).padStart(10)} ${who.padEnd(10)} ${what}${value}`);
    }
  }
}
