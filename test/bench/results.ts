// What is measured, as it is kept: results.json holds the last run of each kind, each with how it was made.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { BudgetResult } from './budget.js';
import type { CaseResult } from './cases.js';
import type { GrowthResult } from './growth.js';
import type { SteadyResult } from './steady.js';

/** How figures were made. */
export interface RunInfo {
  readonly at: string;
  readonly node: string;
  readonly processors: string;
  readonly generator: string;
  readonly rounds: number;
  readonly seconds: number;
  /** Whether the files were in memory, where a sync costs nothing. */
  readonly inMemory: boolean;
}

export interface Section<Row> {
  readonly run: RunInfo;
  readonly rows: readonly Row[];
}

export interface Results {
  readonly cases?: Section<CaseResult>;
  /** Latencies below the highest load. */
  readonly steady?: Section<SteadyResult>;
  /** The steps of a trade. */
  readonly budget?: Section<BudgetResult>;
  readonly growth?: Section<GrowthResult>;
}

/** What this machine says of itself. */
export function describeMachine(): Pick<RunInfo, 'node' | 'processors'> {
  const all = cpus();
  return { node: process.versions.node, processors: `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}` };
}

const fileName = 'results.json';

/** What earlier runs have left. */
export function readResults(directory: string): Results {
  const path = join(directory, fileName);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : {};
}

/** Writes the results, each kind that was not measured now as it was before, and returns all. */
export async function writeResults(directory: string, measured: Results): Promise<Results> {
  const results = { ...readResults(directory), ...measured };
  await mkdir(directory, { recursive: true });
  await writeRounded(join(directory, fileName), results);
  return results;
}

/** Writes JSON with as many digits as anybody can use. */
export async function writeRounded(path: string, value: unknown): Promise<void> {
  await writeFormatted(path, JSON.stringify(value, shortened));
}

/** As many digits as anybody can use. */
function shortened(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(7)) : value;
}

/** Writes a file as the repository's formatter would have it. */
export async function writeFormatted(path: string, text: string): Promise<void> {
  const config = await resolveConfig(path);
  await writeFile(path, await format(text, { ...config, filepath: path }));
}
