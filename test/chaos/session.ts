// What all kinds of runs have in common: a system under load, a watch on who leads, and at the end the same
// reckoning: everything healed, all replicas level, files against what the clients saw.
import { readStocks } from '../../src/catalog/stock-file.js';
import { check } from '../checker/checker.js';
import { eventually } from '../support/eventually.js';
import { readEvidence } from '../support/history.js';
import { ClusterWatch } from './cluster-watch.js';
import { checkTerms, readElections, type Election } from './elections.js';
import { FaultMaker, type FaultRecord } from './faults.js';
import { silencesByFault, sumUp, type Figures, type Silences } from './figures.js';
import { Load } from './load.js';
import type { Target } from './target.js';
import { judge, type Verdict } from './verdict.js';

export interface SessionOptions {
  readonly seed: number;
  readonly clients: number;
  readonly thinkMs: number;
  readonly say: (text: string) => void;
}

export interface Outcome {
  readonly startMs: number;
  readonly endMs: number;
  readonly load: Load;
  readonly faults: readonly FaultRecord[];
  /** Faults that could not be made here, with the reason. */
  readonly notMade: readonly string[];
  readonly elections: readonly Election[];
  readonly figures: Figures;
  readonly silences: ReadonlyMap<string, Silences>;
  readonly verdict: Verdict;
}

/** How long after the last fault all replicas may take to be level, ms. */
const levelWithinMs = 60_000;

export class Session {
  readonly target: Target;
  readonly load: Load;
  readonly watch: ClusterWatch;
  readonly faults: FaultMaker;
  readonly startMs = performance.now();
  readonly #say: (text: string) => void;

  private constructor(target: Target, load: Load, say: (text: string) => void) {
    this.target = target;
    this.load = load;
    this.#say = (text) => say(`${this.#clock()}  ${text}`);
    this.watch = new ClusterWatch(target.url);
    this.faults = new FaultMaker(target, () => this.watch.leaderId, this.#say);
  }

  /** Puts a running system under load. */
  static async begin(target: Target, { seed, clients, thinkMs, say }: SessionOptions): Promise<Session> {
    const stocks = (await readStocks('volumes/catalog/initial_catalog.csv')).map(({ name }) => name);
    return new Session(target, new Load(target.url, { clients, seed, thinkMs, stocks }), say);
  }

  say(text: string): void {
    this.#say(text);
  }

  /** Waits until all replicas are up and waited for. */
  async inSync(withinMs = 30_000): Promise<void> {
    await eventually(async () => {
      const { replicas } = await this.watch.ask();
      if (replicas.length < 3 || replicas.some(({ in_sync: inSync }) => !inSync)) {
        throw new Error(`not in sync: ${JSON.stringify(replicas)}`);
      }
    }, withinMs);
  }

  /** Ends the load once all is well again, and checks what is left against what was said. */
  async reckon(): Promise<Outcome> {
    const violations: string[] = [];
    const orElse = (invariant: string) => (error: unknown) =>
      void violations.push(`${invariant}: ${(error as Error).message}`);
    await this.inSync(levelWithinMs).catch(orElse('I12'));
    await this.load.stop();
    const endMs = performance.now();
    await this.#level().catch(orElse('I12'));
    await this.watch.stop();
    this.say('checking');
    const elections = readElections(await this.target.logs());
    violations.push(...checkTerms(elections));
    violations.push(...(await this.#judge()));
    violations.push(...this.target.complaints.map((complaint) => `process: ${complaint}`));
    violations.push(...this.faults.notHealed.map((failure) => `fault not healed: ${failure}`));
    const faults = this.faults.records;
    const { load, startMs } = this;
    const figures = sumUp({ load, faults, elections, durationMs: endMs - startMs });
    const silences = silencesByFault(load.served, faults);
    return {
      startMs,
      endMs,
      load,
      faults,
      notMade: this.faults.notMade,
      elections,
      figures,
      silences,
      verdict: judge(violations, figures),
    };
  }

  /** Holds what clients were told against the ledger, wherever that is, and the files. */
  async #judge(): Promise<string[]> {
    const exported = await this.target.exportLedger?.();
    const evidence = await readEvidence(await this.target.files(), this.load, exported?.directory);
    return [...check(evidence), ...(exported?.differences ?? []).map((text) => `I7: ${text}`)];
  }

  /** Waits until all replicas have the same orders, now that no more come. */
  async #level(): Promise<void> {
    await eventually(async () => {
      const { replicas } = await this.watch.ask();
      const ends = new Set(
        replicas.map(({ last_transaction_num: number, checksum }) => `${number} ${checksum}`),
      );
      if (ends.size !== 1) {
        throw new Error(`replicas differ: ${JSON.stringify(replicas)}`);
      }
    }, levelWithinMs);
  }

  #clock(): string {
    return `${((performance.now() - this.startMs) / 1_000).toFixed(1).padStart(6)} s`;
  }
}
