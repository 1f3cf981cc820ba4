// Everything that a measurement starts or writes, so that none of it is left behind, however the measurement ends.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statfsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { anotherFrontend } from '../support/another-frontend.js';
import { serviceNames, System } from '../support/system.js';
import { BenchError } from './bench-error.js';
import { RequestList, type Request } from './load.js';

const tmpfsType = 0x0102_1994;

/** Whether files there are in memory, where nothing is ever durable and a sync costs nothing. */
export function isInMemory(directory: string): boolean {
  return statfsSync(directory).type === tmpfsType;
}

const readyTimeoutMs = 30_000;
/** A frontend without its system may be asked for lookups before it knows all replicas. */
const readyPollMs = 100;

/** Only what matters is logged, as in production. */
const settings = { LOG_LEVEL: 'warn', NODE_ENV: 'production' };

/** A server that a load is put on, and the processes behind it. */
export interface Subject {
  readonly url: string;
  /** Ids of the processes by name. */
  readonly pids: ReadonlyMap<string, number>;
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

export class Lab {
  readonly #dataParent: string;
  readonly #directory: string;
  readonly #systems = new Set<System>();
  readonly #children = new Set<ChildProcess>();
  #lists = 0;
  #closing: Promise<void> | undefined;

  private constructor(dataParent: string, directory: string) {
    this.#dataParent = dataParent;
    this.#directory = directory;
    // The last resort, for an error that nobody expected.
    process.on('exit', () => this.#killAll());
  }

  /** @param dataParent where directories are made; its disk is part of what is measured */
  static async open(dataParent: string): Promise<Lab> {
    return new Lab(dataParent, await mkdtemp(join(dataParent, 'stock-bench-')));
  }

  /** A directory for files of the measurement itself, on the same disk as the systems' files. */
  get directory(): string {
    return this.#directory;
  }

  /**
   * Starts the five processes and waits until trades succeed.
   * @param prepare what to do with its data directory before
   */
  async system(
    own: Record<string, string> = {},
    prepare: (dataDirectory: string, system: System) => Promise<void> | void = () => undefined,
    withinMs = readyTimeoutMs,
  ): Promise<System> {
    const system = this.#keep(await System.create({ ...settings, ...own }, this.#dataParent));
    try {
      await prepare(system.dataDirectory, system);
      this.#checkOpen();
      system.startAll();
      await this.#ready(system, withinMs);
    } catch (error) {
      await this.end(system);
      throw error;
    }
    return system;
  }

  /** Whether everything is being ended, so that whatever fails now says nothing. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Starts one more frontend for the catalog and the replicas of a system. */
  async frontend(system: System, own: Record<string, string>): Promise<System> {
    const frontend = this.#keep(await anotherFrontend(system, { ...settings, ...own }));
    frontend.launch('frontend');
    await this.#ready(frontend, readyTimeoutMs);
    return frontend;
  }

  /** Ends a system or a frontend before everything else ends. */
  async end(system: System): Promise<void> {
    await system.close();
    this.#systems.delete(system);
  }

  /** To be called for every process that is started, at once: only these are ended. */
  track(child: ChildProcess): ChildProcess {
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    if (this.#closing) {
      child.kill('SIGKILL');
    }
    this.#checkOpen();
    return child;
  }

  /** Starts one of our own scripts, compiled beside this one. */
  fork(script: string, args: readonly string[] = []): ChildProcess {
    return this.track(fork(fileURLToPath(new URL(script, import.meta.url)), args));
  }

  /** Starts a script that says on which port it listens. */
  async server(name: string, script: string, args: readonly string[] = []): Promise<Subject> {
    const child = this.fork(script, args);
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message) => resolve((message as { port: number }).port));
      child.once('exit', () => reject(new BenchError(`The ${name} server did not start.`)));
    });
    return { url: `http://127.0.0.1:${port}`, pids: new Map([[name, child.pid ?? 0]]) };
  }

  /** Puts requests where a load generator finds them. */
  list(requests: readonly Request[]): RequestList {
    this.#lists += 1;
    return new RequestList(join(this.#directory, `requests-${this.#lists}`), requests);
  }

  /** Without one of its processes, a system is not the one to be measured, even if it goes on. */
  checkAlive(): void {
    this.#checkOpen();
    this.#systems.forEach(failIfEnded);
  }

  /** Ends all processes and removes all directories. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ends = [...this.#children].map((child) => once(child, 'exit'));
    this.#killAll();
    await Promise.all([...ends, ...[...this.#systems].map((system) => system.close())]);
    await rm(this.#directory, { recursive: true, force: true });
  }

  #killAll(): void {
    this.#children.forEach((child) => child.kill('SIGKILL'));
    this.#systems.forEach((system) => serviceNames.forEach((name) => system.child(name)?.kill('SIGKILL')));
  }

  #keep(system: System): System {
    this.#systems.add(system);
    if (this.#closing) {
      void system.close();
    }
    this.#checkOpen();
    return system;
  }

  #checkOpen(): void {
    if (this.#closing) {
      throw new BenchError('Interrupted.');
    }
  }

  async #ready(system: System, withinMs: number): Promise<void> {
    const endMs = performance.now() + withinMs;
    for (;;) {
      this.#checkOpen();
      failIfEnded(system);
      const answer = await system.client.send({ path: '/readyz' }).catch(() => undefined);
      if (answer?.status === 200) {
        return;
      }
      if (performance.now() > endMs) {
        throw new BenchError(
          `The system was not ready after ${withinMs / 1_000} s.\n${system.output.slice(-4_000)}`,
        );
      }
      await sleep(readyPollMs);
    }
  }
}

function failIfEnded(system: System): void {
  for (const name of serviceNames) {
    const child = system.child(name);
    if (child && hasEnded(child)) {
      const how = child.exitCode ?? child.signalCode;
      throw new BenchError(`The ${name} ended (${how}).\n${system.output.slice(-4_000)}`);
    }
  }
}

/** A system as what is measured; a frontend with that of the system behind it. */
export function subjectOf(frontend: System, behind: System = frontend): Subject {
  const pids = serviceNames.map((name) => {
    const child = (name === 'frontend' ? frontend : behind).child(name);
    return [name, child?.pid ?? 0] as const;
  });
  return { url: frontend.url, pids: new Map(pids) };
}
