// A whole system with clients, on a simulated clock: what a run of chance and a scripted scenario have in common.
import { replayRecord } from '../../src/catalog/journal.js';
import { Ledger } from '../../src/catalog/ledger.js';
import { onFailpoint } from '../../src/shared/failpoint.js';
import { check, type Evidence } from '../checker/checker.js';
import { checkLinearizability, type Linearizability } from '../checker/linearizability.js';
import { Client, type OrderBody } from './client.js';
import { Cluster, type LedgerPlace } from './cluster.js';
import { checkDrained, watchBounds } from './memory-bounds.js';
import { readJournal, readOrderLog } from './opened-files.js';
import { initialStocks } from './settings.js';
import { World } from './world.js';

/** After healing, all that clients have asked must be answered within this time, ms. */
const answerPatienceMs = 9_000;
/** And all logs must be equal within this time after the last answer, ms. */
const convergencePatienceMs = 3_000;

export class Stage {
  readonly world: World;
  readonly cluster: Cluster;
  readonly clients: readonly Client[];
  #evidence: Evidence | undefined;
  #linearizability: Linearizability['verdict'] | undefined;

  constructor(seed: number, keepsTrace: boolean, place: LedgerPlace = 'files') {
    this.world = new World(seed, keepsTrace);
    this.cluster = new Cluster(this.world, place);
    const keys: OrderBody[] = [];
    const names = ['ann', 'bob', 'cyd', 'dan', 'eve'].slice(0, this.world.dice.whole(2, 5));
    this.clients = names.map((name) => new Client(name, this.world, this.cluster, keys));
  }

  /** What the run was judged by; undefined before it has finished. */
  get evidence(): Evidence | undefined {
    return this.#evidence;
  }

  /** Undefined: the history is not complete, and was not checked. */
  get linearizability(): Linearizability['verdict'] | undefined {
    return this.#linearizability;
  }

  /** Starts all machines, one shortly after the other. */
  start(): void {
    const { timeline, dice } = this.world;
    this.cluster.machines.forEach((machine) => timeline.after(dice.between(0, 50), () => machine.start()));
    watchBounds(this.world, this.cluster);
  }

  /** Has the clients do something every now and then. */
  trade(meanPauseMs: number): void {
    this.clients.forEach((client) => void client.run(meanPauseMs));
  }

  /** Lets time pass, at most until something has come about. */
  pass(ms: number, isOver?: () => boolean): Promise<void> {
    const { timeline } = this.world;
    return timeline.run(timeline.nowMs + ms, isOver);
  }

  /**
   * Ends all trouble, waits until everything is answered and all logs are equal (I12), and holds the invariants
   * against what clients saw. What is wrong is in the history's violations.
   */
  async finish(): Promise<void> {
    const { history } = this.world;
    this.cluster.heal();
    if (await this.#recover()) {
      await this.#converge();
    }
    const evidence = this.#collect();
    this.#evidence = evidence;
    this.#checkLinearizability(evidence);
    check(evidence).forEach((text) => history.violation(text));
  }

  /** True if everything has been answered. */
  async #recover(): Promise<boolean> {
    await this.pass(1_000);
    this.clients.forEach((client) => client.stop());
    const isAnswered = () => this.clients.every((client) => client.underWay === 0);
    await this.pass(answerPatienceMs, isAnswered);
    if (!isAnswered()) {
      this.world.history.violation(`I12: requests have no answer ${answerPatienceMs} ms after healing`);
      return false;
    }
    await this.pass(1_000);
    return true;
  }

  async #converge(): Promise<void> {
    if (this.world.dice.chance(0.3)) {
      await this.#leaveOneReplica();
    }
    await this.#probe();
    const { replicas } = this.cluster;
    const areEqual = () => {
      const { number, checksum } = replicas[0]?.log.durableEnd ?? {};
      return (
        replicas.every(({ log }) => log.durableEnd.checksum === checksum) &&
        number === this.cluster.catalog.catalog.state.lastNumber
      );
    };
    await this.pass(convergencePatienceMs, areEqual);
    checkDrained(this.world, this.cluster);
  }

  /** I12: a new order is executed at once. */
  async #probe(): Promise<void> {
    let isProbed = false;
    void (this.clients[0] as Client).probe().then(() => (isProbed = true));
    await this.pass(answerPatienceMs, () => isProbed);
  }

  /** I12: one replica is enough. The others come back afterwards. */
  async #leaveOneReplica(): Promise<void> {
    const survivor = this.world.dice.pick(this.cluster.replicas);
    const others = this.cluster.replicas.filter((replica) => replica !== survivor);
    others.forEach((replica) => replica.kill());
    await this.pass(1_500);
    await this.#probe();
    others.forEach((replica) => replica.start());
    await this.pass(300);
  }

  /** A second opinion. It needs all that was sent: an order that nobody noted down could explain anything. */
  #checkLinearizability(evidence: Evidence): void {
    if (this.clients.some((client) => client.underWay > 0)) {
      return;
    }
    const { verdict, explanations } = checkLinearizability(evidence, evidence.stocks);
    this.#linearizability = verdict;
    if (verdict === 'not linearizable') {
      explanations.forEach((text) => this.world.history.violation(`LIN: ${text}`));
    }
  }

  #collect(): Evidence {
    const ledger = new Ledger(initialStocks);
    const { database, catalog } = this.cluster;
    if (database) {
      database.core.records.forEach((fields) => replayRecord(fields, ledger));
    } else {
      readJournal(catalog.file, ledger);
    }
    const logs = new Map(this.cluster.replicas.map(({ name, file }) => [name, readOrderLog(file).trades]));
    const { posts, lookups, queries } = this.world.history;
    return { stocks: initialStocks, journal: ledger.tradesAfter(0, Infinity), logs, posts, lookups, queries };
  }
}

/**
 * Plays on a stage, with its failpoints connected and everything that fails in it written down.
 * @returns what was thrown, or rejected and handled by nobody
 */
export async function play(stage: Stage, story: () => Promise<void>): Promise<readonly string[]> {
  const failures: unknown[] = [];
  const onRejection = (error: unknown): void => void failures.push(error);
  process.on('unhandledRejection', onRejection);
  onFailpoint((name) => stage.world.ambush.pass(name));
  try {
    await story();
  } catch (error) {
    failures.push(error);
  }
  // Rejections that nobody handled are told at the end of a turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onRejection);
  onFailpoint(undefined);
  return failures.map((error) => `a process stopped: ${(error as Error).stack ?? String(error)}`);
}
