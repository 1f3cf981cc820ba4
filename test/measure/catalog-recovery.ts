// npm run measure:catalog-recovery -- [--compose | --postgres] [--rounds 20]
// The catalog crashes under load and comes back: how long until trades flow again, and do order queries go on?
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { ComposeStack } from '../support/compose.js';
import { PostgresServer } from '../support/postgres-server.js';
import { TwoCatalogs } from '../support/postgres-system.js';
import { HttpClient } from '../support/http.js';
import { System } from '../support/system.js';
import { Traders } from '../support/traders.js';
import { quantiles } from './quantiles.js';

/** A system whose catalog can crash. */
interface Subject {
  readonly url: string;
  /** Crashes the catalog. @returns what happened next, and since when time counts */
  crash(): Promise<number>;
  close(): Promise<void>;
}

async function nativeSubject(): Promise<Subject> {
  const system = await System.start();
  return {
    url: system.url,
    crash: async () => {
      await system.kill('catalog');
      const restartedMs = performance.now();
      system.launch('catalog');
      return restartedMs;
    },
    close: () => system.close(),
  };
}

/** The engine brings the container back by itself, as after any crash. */
async function composeSubject(): Promise<Subject> {
  const stack = await ComposeStack.create();
  await stack.compose('build');
  await stack.up();
  return {
    url: stack.url,
    crash: async () => {
      // All but the container's init, which then ends as its child did.
      await stack
        .run('docker', ['exec', stack.containerName('catalog'), 'sh', '-c', 'kill -9 -1'])
        .catch(() => '');
      return performance.now();
    },
    close: () => stack.remove(),
  };
}

/** Two catalogs on a PostgreSQL server; the active one crashes, and comes back as the one that stands by. */
async function postgresSubject(): Promise<Subject> {
  const server = await PostgresServer.start();
  const two = await TwoCatalogs.start(server.url);
  const { system } = two;
  let active: 'catalog' | 'catalog-2' = 'catalog';
  return {
    url: system.url,
    crash: async () => {
      const crashed = active;
      active = crashed === 'catalog' ? 'catalog-2' : 'catalog';
      const crashedMs = performance.now();
      await system.kill(crashed);
      setTimeout(() => (crashed === 'catalog' ? system.launch('catalog') : two.launchSecond()), 500);
      return crashedMs;
    },
    close: async () => {
      await system.close();
      await server.close();
    },
  };
}

/** Asks for an executed order again and again; tells the longest time that an answer took, ms. */
class OrderQueries {
  readonly #client: HttpClient;
  readonly #run: Promise<void>;
  #stopped = false;
  longestMs = 0;
  answers = 0;
  failures = 0;

  constructor(url: string) {
    this.#client = new HttpClient(url);
    this.#run = this.#ask();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#run;
    this.#client.close();
  }

  async #ask(): Promise<void> {
    for (let number = 1; !this.#stopped; number = (number % 20) + 1) {
      const startMs = performance.now();
      const { status } = await this.#client.send({ path: `/orders/${number}` });
      this.longestMs = Math.max(this.longestMs, performance.now() - startMs);
      this.answers += 1;
      this.failures += status === 200 ? 0 : 1;
      await delay(2);
    }
  }
}

/** Long enough for a catalog to be back, and to stand by, ms. */
const betweenCrashesMs = 2_500;

const { compose, postgres, rounds } = new Command('npm run measure:catalog-recovery --')
  .option('--compose', 'with the containers', false)
  .option('--postgres', 'with two catalogs on a PostgreSQL server, without a restart', false)
  .option('--rounds <count>', 'how many crashes', Number, 20)
  .parse()
  .opts<{ compose: boolean; postgres: boolean; rounds: number }>();

function makeSubject(): Promise<Subject> {
  if (postgres) {
    return postgresSubject();
  }
  return compose ? composeSubject() : nativeSubject();
}

const subject = await makeSubject();
try {
  const traders = new Traders(subject.url, { clients: 8, stocks: ['GameStart', 'META'], retry: true });
  const executed = (): number => traders.posted.filter(({ code }) => code === 200).length;
  while (executed() < 50) {
    await delay(50);
  }
  const queries = new OrderQueries(subject.url);
  const gapsMs: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const fromMs = await subject.crash();
    const first = (): number | undefined =>
      traders.posted.find((posted) => posted.code === 200 && posted.answeredMs > fromMs + 50)?.answeredMs;
    while (first() === undefined) {
      await delay(10);
    }
    gapsMs.push((first() ?? 0) - fromMs);
    process.stderr.write(`round ${round}: ${gapsMs.at(-1)?.toFixed(0)} ms\n`);
    // Docker waits longer before each restart of a container that lived for less than 10 s.
    await delay(compose ? 11_000 : betweenCrashesMs);
  }
  await queries.stop();
  await traders.stop();
  const since = compose || postgres ? 'from the crash' : 'from the restart';
  console.log(`trades flow again, ${since}, ${rounds} times: ${quantiles(gapsMs)}`);
  console.log(
    `order queries meanwhile: ${queries.answers} answers, ${queries.failures} failed, slowest ${queries.longestMs.toFixed(0)} ms`,
  );
} finally {
  await subject.close();
}
