import { failpointNames, type FailpointName } from '../../src/shared/failpoint.js';
import type { Outcome } from './simulate.js';

/** From this many seeds on, every failpoint must have struck. */
const thoroughSeeds = 1_000;

function add<Name>(sums: Map<Name, number>, counts: ReadonlyMap<Name, number>): void {
  counts.forEach((count, name) => sums.set(name, (sums.get(name) ?? 0) + count));
}

const sum = (counts: ReadonlyMap<unknown, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);

/** Adds up the outcomes of many seeds. */
export class Tally {
  readonly failedSeeds: number[] = [];
  readonly #faults = new Map<string, number>();
  readonly #passed = new Map<FailpointName, number>();
  readonly #struck = new Map<FailpointName, number>();
  readonly #verdicts = new Map<string, number>();
  #seeds = 0;
  #acknowledged = 0;
  #lookups = 0;
  #simulatedMs = 0;
  #events = 0;

  add(outcome: Outcome): void {
    this.#seeds += 1;
    if (outcome.violations.length > 0) {
      this.failedSeeds.push(outcome.seed);
    }
    add(this.#faults, outcome.faults);
    add(this.#passed, outcome.passed);
    add(this.#struck, outcome.struck);
    add(this.#verdicts, new Map([[outcome.linearizability ?? 'not checked', 1]]));
    this.#acknowledged += outcome.acknowledged;
    this.#lookups += outcome.lookups;
    this.#simulatedMs += outcome.simulatedMs;
    this.#events += outcome.events;
  }

  /** Failpoints that nobody came by, or where nobody was struck though there were many seeds. */
  get missedFailpoints(): readonly FailpointName[] {
    const counts = this.#seeds < thoroughSeeds ? this.#passed : this.#struck;
    return failpointNames.filter((name) => !counts.has(name));
  }

  /** @param seconds how long it took */
  summary(seconds: number): readonly string[] {
    const faults = [...this.#faults].sort(([, a], [, b]) => b - a).map(([name, count]) => `${count} ${name}`);
    const verdicts = [...this.#verdicts].map(([name, count]) => `${count} ${name}`);
    return [
      `${this.#seeds} seeds in ${seconds.toFixed(1)} s (${(this.#seeds / seconds).toFixed(1)}/s): ` +
        `${(this.#simulatedMs / 3_600_000).toFixed(2)} simulated hours, ${this.#events} events, ` +
        `${this.#acknowledged} orders acknowledged, ${this.#lookups} lookups`,
      `${sum(this.#faults)} faults: ${faults.join(', ')}`,
      `failpoints: ${this.#passed.size} of ${failpointNames.length} passed, ${this.#struck.size} struck, ` +
        `${sum(this.#struck)} times in all`,
      `histories, whatever their numbers: ${verdicts.join(', ')}`,
    ];
  }

  /** How often each failpoint was passed, and struck. */
  failpointTable(): readonly string[] {
    return failpointNames.map((name) => {
      const [passed, struck] = [this.#passed, this.#struck].map((counts) => String(counts.get(name) ?? 0));
      return `${name.padEnd(36)} ${passed?.padStart(10)} passed ${struck?.padStart(6)} struck`;
    });
  }
}
