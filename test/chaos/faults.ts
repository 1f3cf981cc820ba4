// Makes the planned faults happen to a running system, heals each after its time, and keeps a record.
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceNames } from '../support/system.js';
import { fairWeather } from '../support/link.js';
import { linkText, type LinkName } from './links.js';
import type { Action, PlannedFault, Role, Strike } from './plan.js';
import type { MachineName, Target } from './target.js';

export interface FaultRecord {
  readonly action: Action;
  /** By role, for statistics: `leader`, `frontend>catalog`. */
  readonly victim: string;
  /** The services that it hit; for a link both ends. */
  readonly services: readonly MachineName[];
  /** What exactly happened, for people. */
  readonly text: string;
  readonly fromMs: number;
  /** When it was healed. */
  untilMs: number;
}

/** A fault with names instead of roles. */
interface Resolved {
  readonly planned: PlannedFault;
  readonly services: readonly MachineName[];
  readonly links: readonly LinkName[];
}

/** How long the system is left alone after a fault at least, ms. */
const calmMs = 1_000;

/** @param leaderId who leads; 0 if nobody is known to */
function nameOf(role: Role, cast: Target['cast'], leaderId: number, followerIsHigher: boolean): MachineName {
  if (role === 'frontend') {
    return role;
  }
  if (role !== 'leader' && role !== 'follower' && role !== 'other follower') {
    return cast[role] as MachineName;
  }
  const leader = leaderId || 3;
  const [lower, higher] = [1, 2, 3].filter((id) => id !== leader);
  const follower = followerIsHigher ? higher : lower;
  const other = followerIsHigher ? lower : higher;
  return `order-${role === 'leader' ? leader : role === 'follower' ? follower : other}` as MachineName;
}

export class FaultMaker {
  readonly records: FaultRecord[] = [];
  /** Faults that could not be made, each with the reason; they are not in the records. */
  readonly notMade: string[] = [];
  /** Faults that could not be healed: what comes after them proves nothing. */
  readonly notHealed: string[] = [];
  readonly #target: Target;
  readonly #leaderId: () => number;
  readonly #say: (text: string) => void;

  constructor(target: Target, leaderId: () => number, say: (text: string) => void) {
    this.#target = target;
    this.#leaderId = leaderId;
    this.#say = say;
  }

  /** Makes one strike after the other. @returns after `endMs`, when all is healed */
  async run(strikes: Iterator<Strike>, endMs: number): Promise<void> {
    let lastMs = performance.now();
    for (;;) {
      const { afterMs, faults } = strikes.next().value as Strike;
      const atMs = Math.max(lastMs + afterMs, performance.now() + calmMs);
      if (atMs > endMs) {
        return;
      }
      await sleep(atMs - performance.now());
      lastMs = atMs;
      await this.strike(faults);
    }
  }

  /** Makes faults that begin together. @returns when all of them are healed */
  async strike(faults: readonly PlannedFault[]): Promise<void> {
    const taken = new Set<MachineName>();
    const resolved: Resolved[] = [];
    for (const planned of faults) {
      const fault = this.#resolve(planned);
      const hit = touched(fault);
      // Two faults at one service would heal each other.
      if (!hit.some((name) => taken.has(name))) {
        hit.forEach((name) => taken.add(name));
        resolved.push(fault);
      }
    }
    await Promise.all(resolved.map((fault) => this.#make(fault)));
  }

  #resolve(planned: PlannedFault): Resolved {
    const leaderId = this.#leaderId();
    const { cast } = this.#target;
    const name = (role: Role): MachineName => nameOf(role, cast, leaderId, planned.followerIsHigher);
    return {
      planned,
      services: planned.services.map(name),
      links: planned.links.map(([from, to]) => ({ from: name(from), to: name(to) })),
    };
  }

  async #make(fault: Resolved): Promise<void> {
    const { action, durationMs } = fault.planned;
    const text = describe(fault);
    const record = {
      action,
      victim: victimText(fault),
      services: touched(fault),
      text,
      fromMs: performance.now(),
      untilMs: Infinity,
    };
    this.#say(`${text}, ${durationMs} ms`);
    const failure = await this.#begin(fault).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    if (failure === undefined) {
      this.records.push(record);
      await sleep(durationMs);
    } else {
      this.#say(`${text} could not be made`);
      this.notMade.push(`${text}: ${failure}`);
    }
    await this.#heal(fault).catch((error: unknown) => {
      // What was not made at all need not be healed, and sometimes cannot be.
      if (failure === undefined) {
        this.notHealed.push(`${text}: ${String(error)}`);
      }
    });
    record.untilMs = performance.now();
  }

  async #begin({ planned, services, links }: Resolved): Promise<void> {
    const { action, weather } = planned;
    const target = this.#target;
    const begin: Record<Exclude<Action, 'cut' | 'slow'>, (name: MachineName) => Promise<void>> = {
      kill: (name) => target.kill(name),
      crash: (name) => target.crash(name),
      pause: (name) => target.pause(name),
      unplug: (name) => target.unplug(name),
      'full disk': (name) => target.fillDisk(name),
      disconnect: (name) => target.disconnect(name),
      'fail over': (name) => target.kill(name),
    };
    await (action === 'cut' || action === 'slow'
      ? Promise.all(links.map((link) => target.setWeather(link, weather)))
      : Promise.all(services.map(begin[action])));
  }

  async #heal({ planned: { action }, services, links }: Resolved): Promise<void> {
    const target = this.#target;
    const heal: Record<Exclude<Action, 'cut' | 'slow'>, (name: MachineName) => Promise<void>> = {
      kill: (name) => target.launch(name),
      crash: (name) => target.recover(name),
      pause: (name) => target.resume(name),
      unplug: (name) => target.plug(name),
      'full disk': (name) => target.freeDisk(name),
      disconnect: () => Promise.resolve(),
      'fail over': (name) => target.failOver(name),
    };
    await (action === 'cut' || action === 'slow'
      ? Promise.all(links.map((link) => target.setWeather(link, fairWeather)))
      : Promise.all(services.map(heal[action])));
  }
}

function touched({ services, links }: Resolved): MachineName[] {
  return [...new Set([...services, ...links.flatMap(({ from, to }) => [from, to])])];
}

function victimText({ planned: { services, links } }: Resolved): string {
  return allOf(services) ?? [...services, ...links.map((link) => link.join('>'))].join(' + ');
}

/** The name of a fault that spares no service. */
function allOf(services: readonly string[]): string | undefined {
  if (services.length < serviceNames.length) {
    return undefined;
  }
  return services.includes('database') ? 'everything and the database' : 'everything';
}

function describe({ planned: { action, weather }, services, links }: Resolved): string {
  const names = allOf(services) ?? [...services, ...links.map(linkText)].join(' + ');
  const how = {
    cut: ` (${weather.cut})`,
    slow: ` (${weather.delayMs} to ${(weather.delayMs ?? 0) + (weather.jitterMs ?? 0)} ms)`,
  };
  return `${action} ${names}${action === 'cut' || action === 'slow' ? how[action] : ''}`;
}
