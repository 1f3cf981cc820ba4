// Where the time of a lone trade goes: each step measured by itself, in the same rounds as the whole.
import { join } from 'node:path';
import { CatalogClient } from '../../src/order/catalog-client.js';
import { AppendFile } from '../../src/shared/append-file.js';
import { channelOpener } from '../../src/shared/grpc-channel.js';
import { sealLine } from '../../src/shared/sealed-csv.js';
import { tradeFields } from '../../src/shared/trade-line.js';
import type { System } from '../support/system.js';
import { subjectOf, type Lab, type Subject } from './lab.js';
import {
  failuresOf,
  measureInTurns,
  serversCpuUs,
  turnSeconds,
  warmingSeconds,
  warmUp,
  type Bench,
} from './measurement.js';
import { routes } from './routes.js';
import { latencyOf, median } from './statistics.js';

/** What a lone trade waits for, one after the other, and how often. */
const steps = [
  { name: 'http', times: 1 },
  { name: 'hop', times: 3 },
  { name: 'append', times: 1 },
  { name: 'appends', times: 1 },
] as const;

export type StepName = (typeof steps)[number]['name'];

interface BudgetStep {
  readonly name: StepName;
  readonly times: number;
  readonly p50Us: number;
}

export interface BudgetResult {
  readonly steps: readonly BudgetStep[];
  readonly wholeUs: number;
  /** Processor time that the whole takes of all five processes, µs; without /proc there is none. */
  readonly wholeCpuUs: number;
  readonly failures: number;
}

/** The order that travels and is written: as long as those of the load. */
const order = {
  name: 'GameStart',
  type: 'sell' as const,
  quantity: 1,
  orderId: '0193a5c2-7f3e-7b1a-9c4d-2e8f6a1b3c5d',
};
const line = sealLine(tradeFields({ number: 123_456, ...order, term: 1 }), 0xdead_beef);

const unexpected = (error: Error): never => {
  throw error;
};

/** Does something one time after the other. @returns the median of how long it took, µs */
async function p50Us(seconds: number, once: () => Promise<unknown>): Promise<number> {
  const latenciesMs: number[] = [];
  const endMs = performance.now() + seconds * 1_000;
  for (let nowMs = performance.now(); nowMs < endMs;) {
    await once();
    const doneMs = performance.now();
    latenciesMs.push(doneMs - nowMs);
    nowMs = doneMs;
  }
  return latencyOf(latenciesMs).p50Ms * 1_000;
}

/** The steps that are not HTTP. */
class Steps {
  readonly #hop: CatalogClient;
  readonly #files: readonly AppendFile[];

  private constructor(hop: CatalogClient, files: readonly AppendFile[]) {
    this.#hop = hop;
    this.#files = files;
  }

  static async open(lab: Lab): Promise<Steps> {
    const { url } = await lab.server('hop', './hop-server.js');
    const paths = [1, 2, 3].map((number) => join(lab.directory, `append-${number}`));
    const files = await Promise.all(paths.map((path) => AppendFile.open(path, 0, unexpected)));
    return new Steps(new CatalogClient(channelOpener(undefined)('catalog', new URL(url).host), 1_000), files);
  }

  hop(): Promise<unknown> {
    return this.#hop.trade({ term: 1, leaderId: 3 }, 1, [order]);
  }

  append(): Promise<unknown> {
    return (this.#files[0] as AppendFile).append(line);
  }

  /** The leader's log and those of two followers, which share this disk. */
  appends(): Promise<unknown> {
    return Promise.all(this.#files.map((file) => file.append(line)));
  }

  async close(): Promise<void> {
    this.#hop.close();
    await Promise.all(this.#files.map((file) => file.close()));
  }
}

/** How long that takes, s: two sides over HTTP, and three steps. */
export function budgetSeconds(bench: Pick<Bench, 'rounds' | 'seconds'>): number {
  const { rounds, seconds } = bench;
  return warmingSeconds(bench, 2) + rounds * (turnSeconds({ rounds: 1, seconds }, 2) + 3 * seconds);
}

/** @param reference the bare server that echoes */
export async function measureBudget(bench: Bench, system: System, reference: Subject): Promise<BudgetResult> {
  const parts = await Steps.open(bench.lab);
  try {
    return await measureSteps(bench, parts, [subjectOf(system), reference]);
  } finally {
    await parts.close();
  }
}

async function measureSteps(bench: Bench, parts: Steps, subjects: readonly Subject[]): Promise<BudgetResult> {
  const targets = subjects.map((subject) => ({
    subject,
    requests: bench.lab.list(routes.trade.requests()),
  }));
  const sides = targets.map((target) => ({ ...target, connections: 1 }));
  const found: Record<StepName | 'whole' | 'cpu', number[]> = {
    http: [],
    hop: [],
    append: [],
    appends: [],
    whole: [],
    cpu: [],
  };
  let failures = 0;
  bench.progress.now('the steps of a trade');
  await warmUp(bench, targets);
  for (let round = 1; round <= bench.rounds; round += 1) {
    const measured = (await measureInTurns({ ...bench, rounds: 1 }, sides)).flat();
    failures += failuresOf(measured);
    const [whole, http] = measured.map(({ p50Ms }) => p50Ms * 1_000) as [number, number];
    found.whole.push(whole);
    found.http.push(http);
    found.cpu.push(...measured.slice(0, 1).map(serversCpuUs));
    for (const name of ['hop', 'append', 'appends'] as const) {
      found[name].push(await p50Us(bench.seconds, () => parts[name]()));
      bench.progress.advance(bench.seconds);
    }
  }
  const result = {
    steps: steps.map((step) => ({ ...step, p50Us: median(found[step.name]) })),
    wholeUs: median(found.whole),
    wholeCpuUs: median(found.cpu),
    failures,
  };
  bench.progress.finished(
    `a lone trade: ${result.wholeUs.toFixed(0)} µs, its steps ${sumUs(result).toFixed(0)} µs`,
  );
  return result;
}

/** What the steps take together, µs. */
export function sumUs({ steps }: Pick<BudgetResult, 'steps'>): number {
  return steps.reduce((sum, step) => sum + step.times * step.p50Us, 0);
}
