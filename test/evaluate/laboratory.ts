// What the experiments are made with: systems on processes or in containers, clients, a load generator. All of it is
// ended when the laboratory is closed.
import { tmpdir } from 'node:os';
import { runClient, type RunSummary } from '../../src/cli/client-run.js';
import { autocannonGenerator } from '../bench/autocannon.js';
import { catalogOf } from '../bench/dimensions.js';
import { Lab } from '../bench/lab.js';
import type { Generator, LoadResult, Request } from '../bench/load.js';
import type { Progress } from '../bench/progress.js';
import { findWrk } from '../bench/wrk.js';
import { ComposeTarget } from '../chaos/compose-target.js';
import { NativeTarget } from '../chaos/native-target.js';
import type { Target } from '../chaos/target.js';
import type { PlaceName } from './results.js';
import type { Scale } from './scale.js';

interface SystemOptions {
  readonly settings?: Record<string, string>;
  /** Its stocks; left out: those that are shipped. */
  readonly catalog?: readonly string[];
}

const noBar = () => ({ grow: () => undefined, advance: () => undefined, stop: () => undefined });

/** More lookups than a session gets through: it is stopped by the clock. */
const withoutEnd = 10_000_000;

export class Laboratory {
  readonly place: PlaceName;
  readonly scale: Scale;
  readonly progress: Progress;
  readonly generator: Generator;
  readonly #lab: Lab;
  readonly #targets = new Set<Target>();

  private constructor(place: PlaceName, scale: Scale, progress: Progress, lab: Lab) {
    this.place = place;
    this.scale = scale;
    this.progress = progress;
    this.#lab = lab;
    this.generator = findWrk(lab) ?? autocannonGenerator(lab);
  }

  static async open(place: PlaceName, scale: Scale, progress: Progress): Promise<Laboratory> {
    return new Laboratory(place, scale, progress, await Lab.open(tmpdir()));
  }

  /** Starts a system, has it used, and ends it. */
  async withSystem<Result>(
    { settings = {}, catalog }: SystemOptions,
    use: (target: Target) => Promise<Result>,
  ): Promise<Result> {
    const prepare = catalog && catalogOf(catalog);
    const target =
      this.place === 'native'
        ? await NativeTarget.create({ settings, ...(prepare && { prepare }) })
        : await ComposeTarget.create(undefined, settings, prepare);
    this.#targets.add(target);
    try {
      await target.start();
      return await use(target);
    } finally {
      this.#targets.delete(target);
      await target.close(false);
    }
  }

  /** Sessions that look up and trade, each over one connection, for some seconds; then they ask for their orders. */
  async sessions(url: string, tradeProbability: number): Promise<RunSummary> {
    const { seconds, sessions } = this.scale;
    const endMs = performance.now() + seconds * 1_000;
    const options = {
      host: new URL(url),
      sessions,
      requests: withoutEnd,
      tradeProbability,
      seed: 1,
      stockNames: undefined,
      maxRetries: 5,
      timeoutMs: 10_000,
    };
    const summary = await runClient(options, () => performance.now() > endMs, noBar);
    this.progress.advance(seconds);
    return summary;
  }

  /** As many requests as the connections get through in some seconds; a second before that does not count. */
  async load(url: string, connections: number, requests: readonly Request[]): Promise<LoadResult> {
    const { seconds } = this.scale;
    const list = this.#lab.list(requests);
    await this.generator.run({ url, connections, requests: list, seconds: 1 });
    const result = await this.generator.run({ url, connections, requests: list, seconds });
    this.progress.advance(seconds + 1);
    return result;
  }

  async close(): Promise<void> {
    await Promise.all([...[...this.#targets].map((target) => target.close(false)), this.#lab.close()]);
  }
}
