import type { FailpointName } from '../../src/shared/failpoint.js';
import type { Timeline } from './timeline.js';

/** Waits for processes at failpoints, and strikes just there. Counts who comes by. */
export class Ambush {
  readonly passed = new Map<FailpointName, number>();
  readonly struck = new Map<FailpointName, number>();
  readonly #timeline: Timeline;
  readonly #laid = new Map<string, { name: FailpointName; strike: () => void }>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** One per host: the next one takes the place of one that the process did not come by. */
  lay(host: string, name: FailpointName, strike: () => void): void {
    this.#laid.set(host, { name, strike });
  }

  disarm(): void {
    this.#laid.clear();
  }

  /** The process that acts is at this failpoint now. */
  pass(name: FailpointName): void {
    count(this.passed, name);
    const host = this.#timeline.acting?.name ?? '';
    const laid = this.#laid.get(host);
    if (laid?.name === name) {
      this.#laid.delete(host);
      count(this.struck, name);
      laid.strike();
    }
  }
}

function count(counts: Map<FailpointName, number>, name: FailpointName): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
