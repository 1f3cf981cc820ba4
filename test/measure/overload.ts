// npm run measure:overload -- [--seconds 60] [--times 10] [--connections 4000] [--max-in-flight 512] [--rude]
// What becomes of orders, lookups and memory when many times more orders come than can be executed.
import { Command } from 'commander';
import { System } from '../support/system.js';
import type { Answers } from './order-load.js';
import { overload, type OverloadOptions } from './overload-run.js';

const options = new Command('npm run measure:overload --')
  .option('--seconds <count>', 'how long the overload lasts', Number, 60)
  .option('--times <factor>', 'how many times the capacity is due', Number, 10)
  .option('--connections <count>', 'over how many connections', Number, 4_000)
  .option('--calm-connections <count>', 'over how many before and after', Number, 512)
  .option('--max-in-flight <count>', 'MAX_ORDERS_IN_FLIGHT', '512')
  .option('--rude', 'come back at once when turned away, whatever Retry-After says', false)
  .parse()
  .opts<Omit<OverloadOptions, 'calm'> & { maxInFlight: string }>();

const ms = (value: number): string => `${value.toFixed(0)} ms`;
const told = ({ perSecond, p50Ms, p99Ms }: Answers): string =>
  `${perSecond.toFixed(0)}/s, p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}`;

const system = await System.start({
  LOG_LEVEL: 'warn',
  NODE_ENV: 'production',
  MAX_ORDERS_IN_FLIGHT: options.maxInFlight,
});
try {
  const calm = { seconds: 7, warmUpSeconds: 3 };
  const { before, during, after, lookups, memoryMb } = await overload(system, { ...options, calm });
  console.log(`before  executed ${told(before.accepted)}`);
  console.log(
    `during  due ${during.duePerSecond.toFixed(0)}/s; executed ${told(during.accepted)}; turned away ${told(during.turnedAway)}`,
  );
  console.log(
    `        other answers ${during.otherStatuses}, broken connections ${during.brokenConnections}`,
  );
  console.log(`        lookups ${lookups.answered}, failed ${lookups.failed}, p99 ${ms(lookups.p99Ms)}`);
  for (const [name, [early, late]] of memoryMb) {
    console.log(`        ${name.padEnd(8)} ${early.toFixed(0)} MB, at the end ${late.toFixed(0)} MB`);
  }
  console.log(`after   executed ${told(after.accepted)} (from one second after the end on)`);
} finally {
  await system.close();
}
