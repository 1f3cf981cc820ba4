// What goes wrong in a run. Each run draws its own few kinds of trouble ("swarm testing"): with all of them at once
// the system would hardly ever get far enough for the interesting ones.
import { failpointNames, type FailpointName } from '../../src/shared/failpoint.js';
import type { Cluster } from './cluster.js';
import type { Dice } from './dice.js';
import type { Machine } from './machine.js';
import type { NetworkHabits } from './network.js';
import type { World } from './world.js';

/** The failpoints that a machine's process passes. */
const failpointsOf = (machine: Machine): readonly FailpointName[] =>
  failpointNames.filter((name) => {
    const [service = ''] = name.split('.');
    return machine.name.startsWith(service) || (service === 'file' && machine.file !== undefined);
  });

export class Faults {
  readonly counts = new Map<string, number>();
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #dice: Dice;
  readonly #kinds: readonly [string, () => void][];
  readonly #meanPauseMs: number;
  #over = false;

  constructor(world: World, cluster: Cluster) {
    this.#world = world;
    this.#cluster = cluster;
    this.#dice = world.dice.fork();
    const all: [string, () => void][] = [
      ['kill', () => this.#kill(this.#anyMachine())],
      ['power loss', () => this.#losePower(this.#anyMachine())],
      ['power loss of all', () => this.#crashAll()],
      ['kill at a failpoint', () => this.#ambush((machine) => this.#kill(machine))],
      ['power loss at a failpoint', () => this.#ambush((machine) => this.#losePower(machine))],
      ['pause at a failpoint', () => this.#ambush((machine) => this.#pause(machine))],
      ['kill, then power loss', () => this.#crashTwice()],
      ['two replicas killed', () => this.#leaveOneReplica()],
      ['pause', () => this.#pause(this.#anyMachine())],
      ['cut', () => this.#cut(true)],
      ['one-way cut', () => this.#cut(false)],
      ['deaf frontend', () => this.#deafen()],
      ['isolation', () => this.#isolate()],
      ['volume deleted', () => this.#deleteVolume()],
      [
        'disk error',
        () => this.#dice.pick([this.#cluster.catalog, ...this.#cluster.replicas]).file.failSync(),
      ],
      ['slow disk', () => this.#disk('slowDown')],
      ['full disk', () => this.#disk('fill')],
      ['full disk, then kill', () => this.#fillThenKill()],
    ];
    this.#kinds = all.filter(() => this.#dice.chance(0.4));
    this.#meanPauseMs = this.#dice.pick([150, 400, 1_000]);
  }

  start(): void {
    this.#world.network.habits = this.#habits();
    this.#world.clockDrift = this.#dice.pick([0, 0, 0.0095]);
    const names = this.#kinds.map(([name]) => name).join(', ');
    this.#world.trace.add('world', `faults: ${names}; ${JSON.stringify(this.#world.network.habits)}`);
    this.#next();
  }

  stop(): void {
    this.#over = true;
  }

  #habits(): NetworkHabits {
    const dice = this.#dice;
    return {
      delayMs: dice.pick([0.3, 0.3, 2, 10]),
      longDelays: dice.pick([0, 0, 0.01, 0.1]),
      longDelayMs: dice.pick([30, 300, 3_000]),
      losses: dice.pick([0, 0, 0.01, 0.1]),
      doubles: dice.pick([0, 0, 0.02, 0.2]),
    };
  }

  #next(): void {
    this.#world.timeline.after(this.#dice.wait(this.#meanPauseMs), () => {
      if (this.#over || this.#kinds.length === 0) {
        return;
      }
      const [name, strike] = this.#dice.pick(this.#kinds);
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      strike();
      this.#next();
    });
  }

  /** How long trouble lasts: often a moment, sometimes long. */
  #duration(): number {
    return this.#dice.wait(this.#dice.pick([5, 50, 300, 1_500]));
  }

  /** Unless the run has healed meanwhile. */
  #later(callback: () => void): void {
    this.#world.timeline.after(this.#duration(), () => this.#over || callback());
  }

  #anyMachine(): Machine {
    const { catalogs, database, frontends, replicas } = this.#cluster;
    const ledger = database ? [...catalogs, database] : [...catalogs, ...catalogs];
    return this.#dice.pick([...ledger, ...replicas, ...replicas, ...frontends]);
  }

  #kill(machine: Machine): void {
    machine.kill();
    this.#later(() => machine.start());
  }

  #losePower(machine: Machine): void {
    machine.losePower();
    this.#later(() => machine.start());
  }

  #crashAll(): void {
    this.#cluster.machines.forEach((machine) => this.#losePower(machine));
  }

  /** Of a replica: all that is in it is in the journal, too. */
  #deleteVolume(): void {
    const replica = this.#dice.pick(this.#cluster.replicas);
    this.#kill(replica);
    this.#world.trace.add(replica.name, 'VOLUME DELETED');
    replica.file.erase();
  }

  /** The next process has read, and told, what the first one left unsynced when the power goes. */
  #crashTwice(): void {
    const machine = this.#anyMachine();
    machine.kill();
    machine.start();
    this.#later(() => this.#losePower(machine));
  }

  #leaveOneReplica(): void {
    const survivor = this.#dice.pick(this.#cluster.replicas);
    for (const replica of this.#cluster.replicas) {
      if (replica !== survivor) {
        this.#kill(replica);
      }
    }
  }

  /** Strikes a process when it is at one particular step, or in the middle of what it begins there. */
  #ambush(strike: (machine: Machine) => void): void {
    const machine = this.#anyMachine();
    const name = this.#dice.pick(failpointsOf(machine));
    const delayMs = this.#dice.chance(0.3) ? this.#dice.wait(0.5) : 0;
    this.#world.trace.add('world', `waits for ${machine.name} at ${name}`);
    this.#world.ambush.lay(machine.name, name, () => {
      if (delayMs === 0) {
        strike(machine);
      } else {
        this.#world.timeline.after(delayMs, () => this.#over || strike(machine));
      }
    });
  }

  #pause(machine: Machine): void {
    machine.pause();
    this.#later(() => machine.resume());
  }

  #cut(bothWays: boolean): void {
    const { machines } = this.#cluster;
    this.#cutPair(this.#dice.pick(machines), this.#dice.pick(machines), bothWays, this.#duration());
  }

  #cutPair(from: Machine, to: Machine, bothWays: boolean, ms: number): void {
    const arrow = bothWays ? '<->' : '->';
    this.#world.trace.add('world', `CUTS ${from.name} ${arrow} ${to.name} for ${ms.toFixed(0)} ms`);
    const isTold = this.#dice.chance(0.3);
    this.#world.network.cut(from.name, to.name, ms, isTold);
    if (bothWays) {
      this.#world.network.cut(to.name, from.name, ms, isTold);
    }
  }

  /** The catalog's invalidations do not get through; everything else does. */
  #deafen(): void {
    const { catalog, frontends } = this.#cluster;
    this.#cutPair(catalog, this.#dice.pick(frontends), false, this.#duration());
  }

  #isolate(): void {
    const machine = this.#anyMachine();
    const ms = this.#duration();
    for (const other of this.#cluster.machines) {
      this.#cutPair(machine, other, true, ms);
    }
  }

  /** The next process believes what it finds: what did not fit must be undone by then, if anybody was told. */
  #fillThenKill(): void {
    const machine = this.#disk('fill');
    this.#later(() => this.#kill(machine));
  }

  #disk(what: 'fill' | 'slowDown'): Machine {
    const { catalog, replicas } = this.#cluster;
    const machine = this.#dice.pick([catalog, ...replicas]);
    this.#world.trace.add(machine.name, `DISK: ${what}`);
    machine.file[what]();
    this.#later(() => machine.file.recover());
    return machine;
  }
}
