// node dist/test/simulation/run.js --seeds 2000 --from 1 | --seed 42 --trace
import { parseArgs } from 'node:util';
import { simulate, type Outcome } from './simulate.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    'until-failure': { type: 'boolean', default: false },
  },
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function report({ seed, violations, traceLines }: Outcome): void {
  traceLines.forEach(print);
  for (const violation of violations) {
    print(`seed ${seed}: ${violation}`);
  }
  if (violations.length > 0 && !values.trace) {
    print(`replay: node dist/test/simulation/run.js --seed ${seed} --trace`);
  }
}

function add(sums: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  counts.forEach((count, name) => sums.set(name, (sums.get(name) ?? 0) + count));
}

const from = Number(values.seed ?? values.from);
const seeds = values.seed === undefined ? Number(values.seeds) : 1;
const faults = new Map<string, number>();
const failpoints = new Map<string, number>();
const failed: number[] = [];
let acknowledged = 0;
let lookups = 0;
let simulatedMs = 0;
let events = 0;
const startMs = performance.now();
for (let seed = from; seed < from + seeds; seed += 1) {
  const outcome = await simulate(seed, values.trace);
  report(outcome);
  if (outcome.violations.length > 0) {
    failed.push(seed);
  }
  add(faults, outcome.faults);
  add(failpoints, outcome.failpoints);
  acknowledged += outcome.acknowledged;
  lookups += outcome.lookups;
  simulatedMs += outcome.simulatedMs;
  events += outcome.events;
  if (values['until-failure'] && failed.length > 0) {
    break;
  }
}
const seconds = (performance.now() - startMs) / 1_000;
print(
  `${seeds} seeds in ${seconds.toFixed(1)} s (${(seeds / seconds).toFixed(1)}/s): ` +
    `${(simulatedMs / 3_600_000).toFixed(2)} simulated hours, ${events} events, ` +
    `${acknowledged} orders acknowledged, ${lookups} lookups`,
);
print(`faults: ${[...faults].map(([name, count]) => `${count} ${name}`).join(', ')}`);
print(
  `failpoints hit: ${failpoints.size} kinds, ${[...failpoints.values()].reduce((a, b) => a + b, 0)} times`,
);
print(failed.length === 0 ? 'no violation' : `${failed.length} seeds failed: ${failed.join(' ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
