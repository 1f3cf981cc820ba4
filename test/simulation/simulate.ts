// One run: start, trouble, healing, judgement.
import { Ledger } from '../../src/catalog/ledger.js';
import { check, type Evidence } from '../checker/checker.js';
import { Client, type OrderBody } from './client.js';
import { Cluster } from './cluster.js';
import { onFailpoint, type FailpointName } from '../../src/shared/failpoint.js';
import { code } from '../../src/shared/answer-codes.js';
import { Faults } from './faults.js';
import { readJournal, readOrderLog } from './opened-files.js';
import { initialStocks } from './settings.js';
import { World } from './world.js';

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly traceLines: readonly string[];
  readonly traceChecksum: number;
  readonly simulatedMs: number;
  readonly events: number;
  readonly acknowledged: number;
  readonly lookups: number;
  readonly faults: ReadonlyMap<string, number>;
  /** How often each failpoint was passed, and how often a process was hit just there. */
  readonly passed: ReadonlyMap<FailpointName, number>;
  readonly struck: ReadonlyMap<FailpointName, number>;
}

/** After healing, all that clients have asked must be answered within this time, ms. */
const answerPatienceMs = 9_000;
/** And all logs must be equal within this time after the last answer, ms. */
const convergencePatienceMs = 3_000;

class Simulation {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #faults: Faults;
  readonly #clients: readonly Client[];

  constructor(seed: number, keepsTrace: boolean) {
    this.#world = new World(seed, keepsTrace);
    this.#cluster = new Cluster(this.#world);
    this.#faults = new Faults(this.#world, this.#cluster);
    const keys: OrderBody[] = [];
    this.#world.hasStrangers = this.#world.dice.chance(0.3);
    const names = ['ann', 'bob', 'cyd', 'dan', 'eve'].slice(0, this.#world.dice.whole(2, 5));
    this.#clients = names.map((name) => new Client(name, this.#world, this.#cluster, keys));
  }

  async run(): Promise<void> {
    const { timeline, dice } = this.#world;
    // Some start into the trouble, others run smoothly first.
    const calmMs = dice.pick([0, 800, 1_500]);
    if (calmMs === 0) {
      this.#faults.start();
    }
    this.#cluster.machines.forEach((machine) => timeline.after(dice.between(0, 50), () => machine.start()));
    const meanPauseMs = dice.pick([20, 80, 200]);
    this.#clients.forEach((client) => void client.run(meanPauseMs));
    await timeline.run(calmMs);
    if (calmMs > 0) {
      this.#faults.start();
    }
    await timeline.run(calmMs + dice.between(3_000, 10_000));
    this.#faults.stop();
    this.#cluster.heal();
    await this.#recover();
    check(this.#evidence()).forEach((text) => this.#world.history.violation(text));
  }

  passes(name: FailpointName): void {
    this.#world.ambush.pass(name);
  }

  outcome(seed: number): Outcome {
    const { history, trace, timeline, ambush } = this.#world;
    return {
      seed,
      violations: history.violations,
      traceLines: trace.lines,
      traceChecksum: trace.checksum,
      simulatedMs: timeline.nowMs,
      events: timeline.events,
      acknowledged: new Set(history.posts.filter((posted) => posted.code === code.ok).map(({ key }) => key))
        .size,
      lookups: history.lookups.length,
      faults: this.#faults.counts,
      passed: ambush.passed,
      struck: ambush.struck,
    };
  }

  #evidence(): Evidence {
    const ledger = new Ledger(initialStocks);
    readJournal(this.#cluster.catalog.file, ledger);
    const logs = new Map(this.#cluster.replicas.map(({ name, file }) => [name, readOrderLog(file).trades]));
    const { posts, lookups, queries } = this.#world.history;
    return { stocks: initialStocks, journal: ledger.tradesAfter(0, Infinity), logs, posts, lookups, queries };
  }

  /** I12: after healing everything is answered, and the logs become equal. */
  async #recover(): Promise<void> {
    const { timeline, history, dice } = this.#world;
    await timeline.run(timeline.nowMs + 1_000);
    this.#clients.forEach((client) => client.stop());
    const isAnswered = () => this.#clients.every((client) => client.underWay === 0);
    await timeline.run(timeline.nowMs + answerPatienceMs, isAnswered);
    if (!isAnswered()) {
      history.violation(`I12: requests have no answer ${answerPatienceMs} ms after healing`);
      return;
    }
    await timeline.run(timeline.nowMs + 1_000);
    if (dice.chance(0.3)) {
      await this.#leaveOneReplica();
    }
    await this.#probe();
    const areEqual = () =>
      this.#cluster.replicas.every(
        ({ log }) => log?.durableEnd.checksum === this.#cluster.replicas[0]?.log.durableEnd.checksum,
      ) &&
      this.#cluster.replicas[0]?.log.durableEnd.number === this.#cluster.catalog.catalog.state.lastNumber;
    await timeline.run(timeline.nowMs + convergencePatienceMs, areEqual);
  }

  async #probe(): Promise<void> {
    const { timeline } = this.#world;
    let probed = false;
    void (this.#clients[0] as Client).probe().then(() => (probed = true));
    await timeline.run(timeline.nowMs + answerPatienceMs, () => probed);
  }

  /** I12: one replica is enough. The others come back afterwards. */
  async #leaveOneReplica(): Promise<void> {
    const { dice, timeline } = this.#world;
    const survivor = dice.pick(this.#cluster.replicas);
    const others = this.#cluster.replicas.filter((replica) => replica !== survivor);
    others.forEach((replica) => replica.kill());
    await timeline.run(timeline.nowMs + 1_500);
    await this.#probe();
    others.forEach((replica) => replica.start());
    await timeline.run(timeline.nowMs + 300);
  }
}

/** The same seed must give the same run, down to every event: else a replay would show something else. */
export async function simulateTwice(seed: number): Promise<Outcome> {
  const first = await simulate(seed);
  const second = await simulate(seed);
  const isSame = first.traceChecksum === second.traceChecksum && first.events === second.events;
  return isSame ? first : { ...first, violations: [...first.violations, 'the same seed gave another run'] };
}

export async function simulate(seed: number, keepsTrace = false): Promise<Outcome> {
  const simulation = new Simulation(seed, keepsTrace);
  const failures: unknown[] = [];
  const onRejection = (error: unknown): void => void failures.push(error);
  process.on('unhandledRejection', onRejection);
  onFailpoint((name) => simulation.passes(name));
  try {
    await simulation.run();
  } catch (error) {
    failures.push(error);
  }
  // Rejections that nobody handled are told at the end of a turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onRejection);
  onFailpoint(undefined);
  const outcome = simulation.outcome(seed);
  const texts = failures.map((error) => `a process stopped: ${(error as Error).stack ?? String(error)}`);
  return { ...outcome, violations: [...outcome.violations, ...texts] };
}
