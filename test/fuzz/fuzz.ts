// A fuzz run: five real processes with stocks whose names nobody can guess, so that whatever is sent, nothing may be
// traded; first the public port, then all gRPC ports as a peer that has gone mad.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgress } from '../bench/progress.js';
import { catalogOf } from '../bench/dimensions.js';
import { runStock } from '../support/command-line.js';
import { readJournal } from '../support/history.js';
import { serviceNames, System } from '../support/system.js';
import { fuzzGrpc } from './grpc-fuzz.js';
import { findingLines, Tally } from './report.js';
import { fuzzRest } from './rest-fuzz.js';

export interface FuzzOptions {
  readonly requests: number;
  readonly messages: number;
  readonly seed: number;
  readonly onlyRequest?: number;
  readonly onlyMessage?: number;
}

type Say = (line: string) => void;

const secretStock = 'xK7-f2Qw9-unguessable';
/** A busy machine must not cause an election: that would be a line in the journal. */
const settings = { HEARTBEAT_TIMEOUT_MS: '2000', LOG_LEVEL: 'warn' };
/** What the services log when they are surprised. */
const surprises = /failed unexpectedly|"level":"?(fatal|60)/;

/** @returns whether all is well */
export async function fuzz(options: FuzzOptions, say: Say): Promise<boolean> {
  const { seed, onlyRequest, onlyMessage } = options;
  const requests = onlyMessage === undefined ? options.requests : 0;
  const messages = onlyRequest === undefined ? options.messages : 0;
  say(`seed ${seed}`);
  const system = await System.create(settings);
  const stop = () => void system.close().finally(() => process.exit(130));
  process.once('SIGINT', stop);
  const progress = startProgress(requests + messages * 5);
  const problems: string[] = [];
  try {
    await catalogOf([secretStock])(system.dataDirectory);
    system.startAll();
    await system.ready();
    const pids = serviceNames.map((name) => system.child(name)?.pid);

    const journal = await journalBytes(system);
    const rest = new Tally();
    progress.now('requests');
    const restRun = { seed, count: requests, ...(onlyRequest !== undefined && { only: onlyRequest }) };
    await fuzzRest(
      system.environment.FRONTEND_PORT as string,
      { ...restRun, onProgress: every(progress.advance, 1) },
      rest,
    );
    problems.push(
      ...findingLines(rest.findings, (index) => `npm run fuzz -- --seed ${seed} --only-request ${index}`),
    );
    if (!journal.equals(await journalBytes(system))) {
      problems.push('the requests have changed the journal');
    }

    const grpc = new Tally();
    progress.now('messages');
    const grpcRun = { seed, count: messages, ...(onlyMessage !== undefined && { only: onlyMessage }) };
    await fuzzGrpc(addresses(system), { ...grpcRun, onProgress: every(progress.advance, 5) }, grpc);
    problems.push(
      ...findingLines(grpc.findings, (index) => `npm run fuzz -- --seed ${seed} --only-message ${index}`),
    );
    const trades = readJournal(system.dataDirectory).length;
    if (trades > 0) {
      problems.push(`the messages have made ${trades} trades`);
    }

    progress.now('afterwards');
    problems.push(...(await aftermath(system, pids)));
    progress.stop();
    say(`${requests.toLocaleString('en-US')} requests: ${rest.text}`);
    say(`${messages.toLocaleString('en-US')} gRPC calls: ${grpc.text}`);
  } finally {
    progress.stop();
    process.removeListener('SIGINT', stop);
    await system.close();
  }
  problems.forEach(say);
  say(problems.length === 0 ? 'Nothing was found.' : 'Something was found.');
  return problems.length === 0;
}

async function journalBytes(system: System): Promise<Buffer> {
  await system.viewed();
  return readFile(join(system.dataDirectory, 'catalog', 'journal.csv'));
}

function addresses({ environment }: System): [string, string][] {
  const at = (setting: string): string => `127.0.0.1:${environment[setting]}`;
  const orders = [1, 2, 3].map((id): [string, string] => ['OrderService', at(`ORDER_${id}_PORT`)]);
  return [['CatalogService', at('CATALOG_PORT')], ...orders];
}

/** The progress is told in steps: a million times would cost more than the requests. */
function every(advance: (by: number) => void, weight: number) {
  const step = 1_000;
  return (done: number): void => {
    if (done % step === 0) {
      advance(step * weight);
    }
  };
}

/** What has become of the system: the same processes, no surprise, trading, and files that fit together. */
async function aftermath(system: System, pids: readonly (number | undefined)[]): Promise<string[]> {
  const problems: string[] = [];
  serviceNames.forEach((name, index) => {
    const child = system.child(name);
    if (child?.pid !== pids[index] || child?.exitCode !== null || child.signalCode !== null) {
      problems.push(`${name} has died`);
    }
  });
  const surprise = system.output.split('\n').find((line) => surprises.test(line));
  if (surprise !== undefined) {
    problems.push(`a service was surprised: ${surprise.slice(0, 500)}`);
  }
  await system.ready().catch(() => problems.push('it is not ready any more'));
  const traded = await system.client.send({
    method: 'POST',
    path: '/orders',
    body: { name: secretStock, type: 'buy', quantity: 1 },
  });
  if (traded.text !== '{"data":{"transaction_number":1}}') {
    problems.push(`the first trade was answered with ${traded.text}`);
  }
  await system.converged().catch(() => problems.push('the replicas do not become equal'));
  await Promise.all(serviceNames.map((name) => system.kill(name, 'SIGTERM')));
  const verified = await runStock(['verify', '--files-only', '--data-dir', system.dataDirectory]);
  if (verified.status !== 0) {
    problems.push(`the files do not fit together: ${verified.stdout}${verified.stderr}`);
  }
  return problems;
}
