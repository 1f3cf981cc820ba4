// The system in containers, from the repository's own docker-compose.yml, with a saboteur in between.
import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ComposeStack } from '../support/compose.js';
import { eventually } from '../support/eventually.js';
import { HttpClient } from '../support/http.js';
import type { Weather } from '../support/link.js';
import { freePorts, type ServiceName } from '../support/system.js';
import { diskRoot, plainOverride, saboteurOverride, saboteurService } from './compose-override.js';
import { linkText, type LinkName } from './links.js';
import type { Sabotage } from './saboteur.js';
import type { Ability, Preparation, Target } from './target.js';

/** How long Docker's restart policy may take to bring a crashed service back, ms. */
const restartWithinMs = 15_000;
const readyWithinMs = 60_000;

const filesOnly = 'the ledger is in files';

export class ComposeTarget implements Target {
  readonly impossible: ReadonlyMap<Ability, string>;
  readonly cast = { catalog: 'catalog' } as const;
  readonly complaints: string[] = [];
  readonly #stack: ComposeStack;
  readonly #overrideDirectory: string;
  readonly #saboteur: HttpClient | undefined;
  /** Ends of containers that we caused and Docker has not told of yet. */
  readonly #expectedEnds = new Map<string, number>();
  #events: ChildProcess | undefined;
  #files: Promise<string> | undefined;

  private constructor(stack: ComposeStack, overrideDirectory: string, saboteur: HttpClient | undefined) {
    this.#stack = stack;
    this.#overrideDirectory = overrideDirectory;
    this.#saboteur = saboteur;
    this.impossible = new Map([
      ['database', filesOnly],
      ...(saboteur
        ? []
        : ([
            ['links', 'the services call each other directly'],
            ['full disk', 'the files are where they always are'],
          ] as const)),
    ]);
  }

  /**
   * Chooses names, directories and ports; nothing runs yet.
   * @param seed for the jitter of the links; without it there is no saboteur, and no link or disk can be hurt
   * @param prepare what to do with the directory of the services' files before they start
   */
  static async create(
    seed?: number,
    settings: Record<string, string> = {},
    prepare: Preparation = async () => undefined,
  ): Promise<ComposeTarget> {
    const [hostControlPort = 0] = await freePorts(1);
    const directory = await mkdtemp(join(tmpdir(), 'stock-override-'));
    const override = join(directory, 'docker-compose.chaos.json');
    await writeFile(override, seed === undefined ? plainOverride() : saboteurOverride(seed, hostControlPort));
    const saboteur =
      seed === undefined ? undefined : new HttpClient(`http://127.0.0.1:${hostControlPort}`, 8);
    const stack = await ComposeStack.create([override], settings);
    await prepare(stack.volumes);
    return new ComposeTarget(stack, directory, saboteur);
  }

  get url(): string {
    return this.#stack.url;
  }

  async start(): Promise<void> {
    await this.#stack.compose('build');
    await this.#stack.up();
    this.#watchEnds();
    const client = new HttpClient(this.url);
    await eventually(async () => {
      const { status, text } = await client.send({ path: '/readyz' });
      if (status !== 200) {
        throw new Error(`not ready: ${text}`);
      }
    }, readyWithinMs);
    client.close();
  }

  async kill(name: ServiceName): Promise<void> {
    this.#expectEnd(name);
    await this.#stack.docker('kill', name);
  }

  /** Kills all processes in the container but its init, which then ends too; that is not a stop by hand. */
  async crash(name: ServiceName): Promise<void> {
    this.#expectEnd(name);
    await this.#docker(
      'exec',
      '--user',
      '0',
      this.#stack.containerName(name),
      'sh',
      '-c',
      'kill -9 -1',
    ).catch(
      // The container may be gone before the command has said how it went.
      () => undefined,
    );
  }

  async recover(name: ServiceName): Promise<void> {
    await eventually(async () => {
      const state = await this.#docker('inspect', '-f', '{{.State.Status}}', this.#stack.containerName(name));
      if (state.trim() !== 'running') {
        throw new Error(`${name} was not started again after its crash: ${state}`);
      }
    }, restartWithinMs);
  }

  async launch(name: ServiceName): Promise<void> {
    await this.#stack.docker('start', name);
  }

  async pause(name: ServiceName): Promise<void> {
    await this.#stack.docker('pause', name);
  }

  async resume(name: ServiceName): Promise<void> {
    await this.#stack.docker('unpause', name);
  }

  async unplug(name: ServiceName): Promise<void> {
    await this.#docker('network', 'disconnect', this.#stack.network, this.#stack.containerName(name));
  }

  async plug(name: ServiceName): Promise<void> {
    const { network } = this.#stack;
    await this.#docker('network', 'connect', '--alias', name, network, this.#stack.containerName(name));
  }

  disconnect(): Promise<void> {
    throw new Error(filesOnly);
  }

  failOver(): Promise<void> {
    throw new Error(filesOnly);
  }

  async setWeather(link: LinkName, weather: Weather): Promise<void> {
    await this.#sabotage({ do: 'weather', link: linkText(link), weather });
  }

  async fillDisk(name: ServiceName): Promise<void> {
    await this.#sabotage({ do: 'fill', disk: name });
  }

  async freeDisk(name: ServiceName): Promise<void> {
    await this.#sabotage({ do: 'free', disk: name });
  }

  logs(): Promise<string> {
    return this.#stack.compose('logs', '--no-color');
  }

  /** Copies the files out of the volumes, once. */
  files(): Promise<string> {
    this.#files ??= this.#copyFiles();
    return this.#files;
  }

  async close(keepsFiles: boolean): Promise<void> {
    this.#events?.kill();
    this.#saboteur?.close();
    await this.#stack.remove();
    await rm(this.#overrideDirectory, { recursive: true, force: true });
    if (!keepsFiles && this.#files) {
      await rm(await this.#files, { recursive: true, force: true });
    }
  }

  async #copyFiles(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'stock-files-'));
    if (this.#saboteur) {
      await this.#docker('cp', `${await this.#saboteurContainer()}:${diskRoot}/.`, directory);
    } else {
      await cp(this.#stack.volumes, directory, { recursive: true });
    }
    return directory;
  }

  async #saboteurContainer(): Promise<string> {
    return (await this.#stack.compose('ps', '--quiet', saboteurService)).trim();
  }

  async #sabotage(sabotage: Sabotage): Promise<void> {
    const answer = await this.#saboteur?.send({ method: 'POST', path: '/', body: sabotage });
    if (answer?.status !== 200) {
      throw new Error(`the saboteur says ${answer?.text ?? 'nothing, because there is none'}`);
    }
  }

  #docker(...args: string[]): Promise<string> {
    return this.#stack.run('docker', args);
  }

  #expectEnd(name: ServiceName): void {
    this.#expectedEnds.set(name, (this.#expectedEnds.get(name) ?? 0) + 1);
  }

  /** Docker tells of each container that ends; one that we did not end has failed. */
  #watchEnds(): void {
    const filters = ['event=die', `label=com.docker.compose.project=${this.#stack.project}`];
    this.#events = spawn(
      'docker',
      [
        'events',
        '--format',
        '{{json .Actor.Attributes}}',
        ...filters.flatMap((filter) => ['--filter', filter]),
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    createInterface({ input: this.#events.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const { exitCode, ...labels } = JSON.parse(line) as Record<string, string>;
      const name = labels['com.docker.compose.service'] ?? '';
      const expected = this.#expectedEnds.get(name) ?? 0;
      this.#expectedEnds.set(name, Math.max(0, expected - 1));
      if (expected === 0) {
        this.complaints.push(`${name} ended by itself with exit code ${exitCode}`);
      }
    });
  }
}
