// npm run fuzz: odd requests and messages for five real processes. See --help.
import { Command, InvalidArgumentError } from 'commander';
import { endWithUsage } from '../../src/cli/exit-codes.js';
import { fuzz, type FuzzOptions } from './fuzz.js';

const help = `
Examples:
  npm run fuzz
      a million requests and a hundred thousand messages: about 5 minutes
  npm run fuzz -- --seed 7 --requests 20000 --messages 0
      others, and fewer of them
  npm run fuzz -- --seed 7 --only-request 1234
      one of them again

Exit status: 0 nothing was found; 1 something was; 2 bad arguments.`;

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return Number(text);
}

const command = new Command('stock fuzz')
  .description(
    'Sends odd requests and gRPC messages to a system of its own, which must survive and trade nothing.',
  )
  .option('--requests <n>', 'how many HTTP requests', whole, 1_000_000)
  .option('--messages <n>', 'how many gRPC calls', whole, 100_000)
  .option('--seed <n>', 'which ones; the default is another one each time', whole, Date.now() % 1_000_000)
  .option('--only-request <number>', 'only this request of the seed', whole)
  .option('--only-message <number>', 'only this call of the seed', whole)
  .addHelpText('after', help);

const options = command.exitOverride(endWithUsage).parse().opts<FuzzOptions>();
process.exitCode = (await fuzz(options, (line) => console.log(line))) ? 0 : 1;
