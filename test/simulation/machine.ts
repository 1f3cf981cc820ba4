import type { Dice } from './dice.js';
import type { Host } from './host.js';
import { Life } from './life.js';
import { DiskError, type SimulatedFile } from './disk.js';
import type { World } from './world.js';

/** How long after its end a process that stopped itself is started again, ms. */
const restartDelayMs = 100;

/** A host and what runs on it, to be started, paused and killed. */
export abstract class Machine implements Host {
  readonly name: string;
  /** What is on its disk, if it has one. */
  readonly file: SimulatedFile | undefined;
  protected readonly world: World;
  protected readonly dice: Dice;
  #life: Life | undefined;
  #listening = false;

  constructor(name: string, world: World) {
    this.name = name;
    this.world = world;
    this.dice = world.dice.fork();
  }

  get life(): Life | undefined {
    return this.#life;
  }

  get listening(): boolean {
    return this.#listening;
  }

  /** Starts a process, unless one runs. */
  start(): void {
    if (this.#life) {
      return;
    }
    this.world.trace.add(this.name, 'STARTS');
    const { clockDrift } = this.world;
    const life = new Life(this.name, this.world.timeline, 1 + this.dice.between(-clockDrift, clockDrift));
    this.#life = life;
    const listen = (): void => {
      // It may have been killed while it started.
      this.#listening = this.#life === life;
    };
    // An event of its own, so that it is known who acts.
    life.after(0, () => void this.boot(life).then(listen, (error: unknown) => this.#fail(error)));
  }

  kill(): void {
    this.#stop('KILLED');
  }

  /** The machine stops, and with it what was on its way to the disk. */
  losePower(): void {
    this.#stop('LOSES POWER');
    this.file?.losePower();
  }

  pause(): void {
    this.world.trace.add(this.name, 'PAUSED');
    this.#life?.pause();
  }

  resume(): void {
    if (this.#life?.paused) {
      this.world.trace.add(this.name, 'RESUMES');
      this.#life.resume();
    }
  }

  /** Puts the process together, as its `main.ts` does. */
  protected abstract boot(life: Life): Promise<void>;

  /** Forgets what was in memory. */
  protected abstract forget(): void;

  /** What production calls when a process must stop: it may only if its disk has failed. */
  protected readonly fatal = (error: unknown): void => {
    this.#fail(error);
  };

  protected get logger() {
    const say =
      (level: string) =>
      (...args: unknown[]): void =>
        this.world.trace.add(
          this.name,
          `${level}: ${args.filter((arg) => typeof arg === 'string').join(' ')}`,
        );
    return { info: say('info'), warn: say('warn'), error: say('error'), debug: () => undefined };
  }

  /** Ends because it must not go on, and is started again as by any supervisor. */
  protected endItself(reason: string): void {
    this.#stop(`STOPS ITSELF: ${reason}`);
    this.world.timeline.after(restartDelayMs, () => this.start());
  }

  #fail(error: unknown): void {
    if (error instanceof DiskError) {
      this.endItself('its disk has failed');
      return;
    }
    this.world.history.violation(`I7: ${this.name} had to stop: ${String(error)}`);
    this.#stop('STOPS ITSELF');
  }

  #stop(how: string): void {
    if (this.#life) {
      this.world.trace.add(this.name, how);
      this.#listening = false;
      const life = this.#life;
      this.#life = undefined;
      this.forget();
      life.end();
    }
  }
}
