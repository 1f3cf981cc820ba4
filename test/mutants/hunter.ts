import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LedgerPlace } from '../simulation/cluster.js';
import type { Hunted } from './hunt.js';
import { mutantEnvironment, registration } from './registration.js';
import { caught, errorLine, type Verdict } from './verdict.js';

/** A seed takes less than a second; a mutant that makes a run endless is not one that can be judged. */
const seedPatienceMs = 120_000;

/** Simulates seeds 1 to `seeds` with the mutant, or without any, until one of them shows a violation. */
export function hunt(
  mutantName: string | undefined,
  seeds: number,
  place: LedgerPlace = 'files',
): Promise<Verdict> {
  const script = fileURLToPath(new URL('hunt.js', import.meta.url));
  const child = fork(script, [String(seeds), place], {
    execArgv: registration,
    env: mutantEnvironment(mutantName),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return new Promise((resolve) => {
    let last: Hunted = { seed: 0, violations: [] };
    let complaint = '';
    const patience = setTimeout(() => child.kill('SIGKILL'), seedPatienceMs);
    child.stderr?.on('data', (data: Buffer) => (complaint += data.toString()));
    child.on('message', (hunted: Hunted) => {
      last = hunted;
      patience.refresh();
    });
    child.on('close', (exitCode) => {
      clearTimeout(patience);
      resolve(judge(last, seeds, exitCode, complaint));
    });
  });
}

function judge(last: Hunted, seeds: number, exitCode: number | null, complaint: string): Verdict {
  const { seed, violations } = last;
  if (violations.length > 0) {
    return caught(
      violations.map((violation) => `seed ${seed}: ${violation}`),
      seed,
    );
  }
  if (seed === seeds) {
    return { state: 'survived', text: `no violation in ${seeds} seeds`, runs: seeds };
  }
  const how = exitCode === null ? `no end within ${seedPatienceMs / 1_000} s` : `exit code ${exitCode}`;
  return { state: 'broken', text: `seed ${seed + 1}: ${how} ${errorLine(complaint)}`, runs: seed };
}
