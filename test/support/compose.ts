// The whole system in containers, from the repository's own docker-compose.yml, beside whatever else runs on the
// machine: own names, own directory, own port.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DockerComposeEnvironment, Wait } from 'testcontainers';
import { getDirectly } from '../../src/shared/get-directly.js';

const run = promisify(execFile);

/** The repository, seen from dist/test/support. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url));

const composeFile = 'docker-compose.yml';

export const replicaIds = [1, 2, 3] as const;
export const serviceNames = ['catalog', 'order-1', 'order-2', 'order-3', 'frontend'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** How long `docker compose up` may take until every container is healthy, ms. */
export const startupLimitMs = 30_000;

async function reasonAgainst(...calls: readonly (readonly string[])[]): Promise<string | undefined> {
  try {
    for (const args of calls) {
      await run('docker', args, { timeout: 20_000 });
    }
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return (stderr?.trim() || message).split('\n').at(-1);
  }
}

const askEngine = ['info', '--format', '{{.ServerVersion}}'] as const;
const askCompose = ['compose', 'version'] as const;

/** Why containers cannot run here; undefined if they can. */
export const reasonAgainstDocker = (): Promise<string | undefined> => reasonAgainst(askEngine, askCompose);

function skipWithout(what: string, reasonAgainstIt: () => Promise<string | undefined>): void {
  before(`is there ${what}?`, async function () {
    this.timeout(60_000);
    const reason = await reasonAgainstIt();
    if (reason === undefined) {
      return;
    }
    if (process.env['REQUIRE_DOCKER'] === '1') {
      throw new Error(`REQUIRE_DOCKER=1, but there is not ${what}: ${reason}`);
    }
    console.log(`    Skipped, because there is not ${what}: ${reason}`);
    this.skip();
  });
}

/**
 * To be called in a suite: skips it where no Docker engine answers, and says so; fails if REQUIRE_DOCKER=1 promises
 * an engine.
 */
export const needsDocker = (): void => skipWithout('a Docker engine with Compose', reasonAgainstDocker);

/** The same where Compose only reads its files, which needs no engine. */
export const needsCompose = (): void => skipWithout('Docker Compose', () => reasonAgainst(askCompose));

/** Repeats a check until it gives something other than undefined. Errors count as "not yet". */
export async function eventually<T>(
  what: string,
  limitMs: number,
  check: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  let lastError: unknown;
  while (performance.now() < deadline) {
    try {
      const result = await check();
      if (result !== undefined) {
        return result;
      }
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`not within ${limitMs} ms: ${what}`, { cause: lastError });
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Replica {
  readonly id: number;
  readonly role: string;
  readonly last_transaction_num: number;
  readonly in_sync: boolean;
}

export interface Cluster {
  /** 0: there is none. */
  readonly leader_id: number;
  readonly term: number;
  readonly replicas: readonly Replica[];
}

/** Does every replica hold the same orders, and at least so many? */
function isLevel(cluster: Cluster, atLeast: number): boolean {
  const ends = cluster.replicas.map((replica) => replica.last_transaction_num);
  return ends.length === replicaIds.length && ends.every((end) => end === ends[0] && end >= atLeast);
}

export class ComposeStack {
  readonly url: string;
  readonly volumes: string;
  /** What the scripts and Compose need to find this stack. */
  readonly environment: Readonly<Record<string, string>>;
  readonly project: string;
  readonly #files: readonly string[];

  private constructor(
    project: string,
    volumes: string,
    port: number,
    overrides: readonly string[],
    settings: Readonly<Record<string, string>>,
  ) {
    this.project = project;
    this.#files = [composeFile, ...overrides];
    this.volumes = volumes;
    this.url = `http://127.0.0.1:${port}`;
    this.environment = {
      CONTAINER_PREFIX: `${project}-`,
      VOLUMES_DIR: volumes,
      FRONTEND_PORT: String(port),
      ...settings,
    };
  }

  /**
   * Chooses names, directory and port; nothing runs yet.
   * @param overrides paths of Compose files that change the repository's one
   * @param settings as in .env
   */
  static async create(
    overrides: readonly string[] = [],
    settings: Readonly<Record<string, string>> = {},
  ): Promise<ComposeStack> {
    const volumes = await mkdtemp(join(tmpdir(), 'stock-stack-'));
    // Made by us, as a clone brings them, so that they belong to us and not to root, as whom Docker would make them.
    for (const directory of [...serviceNames, 'tls']) {
      await mkdir(join(volumes, directory));
    }
    const project = `test-${randomBytes(4).toString('hex')}`;
    return new ComposeStack(project, volumes, await findFreePort(), overrides, settings);
  }

  /** Starts the containers and waits until all are healthy. To see their logs: DEBUG=testcontainers:containers. */
  async up(): Promise<void> {
    await new DockerComposeEnvironment(repository, [...this.#files])
      .withProjectName(this.project)
      .withEnvironment(this.environment)
      .withDefaultWaitStrategy(Wait.forHealthCheck())
      .withStartupTimeout(startupLimitMs)
      // Its cleaner is one more image to pull; `remove` cleans up.
      .withAutoCleanup(false)
      .up();
  }

  /** Removes the containers, their network and the state; the image stays, for the next time. */
  async remove(): Promise<void> {
    await this.compose('down', '--volumes', '--timeout', '0');
    await rm(this.volumes, { recursive: true, force: true });
  }

  compose(...args: string[]): Promise<string> {
    return this.run('docker', [
      'compose',
      '--project-name',
      this.project,
      ...this.#files.flatMap((file) => ['--file', file]),
      ...args,
    ]);
  }

  /** The network that all services are on. */
  get network(): string {
    return `${this.project}_services`;
  }

  /** `docker kill order-3` and the like, with this stack's name of the container. */
  docker(command: 'kill' | 'start' | 'pause' | 'unpause', service: ServiceName): Promise<string> {
    return this.run('docker', [command, this.containerName(service)]);
  }

  containerName(service: ServiceName): string {
    return `${this.environment['CONTAINER_PREFIX']}${service}`;
  }

  /** Runs a program in the repository, with the settings of this stack; gives its output. */
  async run(program: string, args: readonly string[]): Promise<string> {
    const { stdout } = await run(program, args, {
      cwd: repository,
      env: { ...process.env, ...this.environment },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  async cluster(): Promise<Cluster> {
    const { text } = await getDirectly(new URL('/cluster', this.url), 5_000);
    const { data } = JSON.parse(text) as { data: Cluster };
    return data;
  }

  /** The leader, once there is one; `otherThan` waits for a new one. */
  leader(otherThan?: number): Promise<1 | 2 | 3> {
    return eventually('a leader is known', 10_000, async () => {
      const { leader_id: id } = await this.cluster();
      return id === otherThan ? undefined : replicaIds.find((each) => each === id);
    });
  }

  /** Waits until all replicas are up and hold the same orders, at least so many; gives the number of the last one. */
  async level(atLeast: number): Promise<number> {
    return eventually(`all replicas hold the same ${atLeast} or more orders`, 20_000, async () => {
      const cluster = await this.cluster();
      return isLevel(cluster, atLeast) ? cluster.replicas[0]?.last_transaction_num : undefined;
    });
  }

  /** Waits until every replica is up and trades wait for it. */
  async inSync(): Promise<void> {
    await eventually('all replicas are in sync', 20_000, async () => {
      const { replicas } = await this.cluster();
      return replicas.every((replica) => replica.in_sync) || undefined;
    });
  }

  /** The order log of each replica, as it lies on the host's disk. */
  orderLogs(): Promise<Buffer[]> {
    return Promise.all(replicaIds.map((id) => readFile(join(this.volumes, `order-${id}`, 'orders.csv'))));
  }
}
