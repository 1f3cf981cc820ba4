import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { hasPostgres } from '../support/postgres-server.js';
import type { DirectedTest, Mutant } from './mutant.js';
import { mutantEnvironment, registration } from './registration.js';
import type { Tested } from './test-once.js';
import { caught, errorLine, type Verdict } from './verdict.js';

/** @throws the tests did not come to an end */
function runTest({ file, title }: DirectedTest, mutantName: string | undefined): Promise<Tested> {
  const child = fork(fileURLToPath(new URL('test-once.js', import.meta.url)), [file, title], {
    execArgv: registration,
    env: mutantEnvironment(mutantName),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let complaint = '';
    child.stderr?.on('data', (data: Buffer) => (complaint += data.toString()));
    child.on('message', (tested: Tested) => resolve(tested));
    child.on('close', () => reject(new Error(`no result: ${errorLine(complaint)}`)));
  });
}

/** Runs a directed test with the mutant, where it must be red, and without, where it must be green. */
export async function runDirected(mutant: Mutant, test: DirectedTest): Promise<Verdict> {
  if (test.needsPostgres && !hasPostgres) {
    return { state: 'left out', text: 'there is no PostgreSQL server here', runs: 0 };
  }
  try {
    const healthy = await runTest(test, undefined);
    if (healthy.passes === 0 || healthy.failures.length > 0) {
      return { state: 'broken', text: `without the mutant "${test.title}" does not pass`, runs: 1 };
    }
    const { failures } = await runTest(test, mutant.name);
    if (failures.length === 0) {
      return { state: 'survived', text: `"${test.title}" does not notice it`, runs: 1 };
    }
    const verdict = caught(failures, 1);
    return verdict.state === 'caught' ? { ...verdict, text: `test: ${test.title}` } : verdict;
  } catch (error) {
    return { state: 'broken', text: String(error), runs: 0 };
  }
}
