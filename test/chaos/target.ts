// What a chaos run needs of a running system, whether its five services are processes or containers.
import type { ServiceName } from '../support/system.js';
import type { Weather } from '../support/link.js';
import type { LinkName } from './links.js';

export interface Target {
  /** Where the clients send their requests. */
  readonly url: string;
  /** The faults that cannot be made here, each with the reason. */
  readonly impossible: ReadonlyMap<Ability, string>;

  /** Starts everything, and waits until trades succeed. */
  start(): Promise<void>;
  /** Ends the service with SIGKILL; it stays away until it is launched. */
  kill(name: ServiceName): Promise<void>;
  /** Ends it with SIGKILL in a way that the system's own supervisor, if it has one, sees as a crash and mends. */
  crash(name: ServiceName): Promise<void>;
  /** Waits until the supervisor has started it again. */
  recover(name: ServiceName): Promise<void>;
  /** Starts the service again, unless it runs. */
  launch(name: ServiceName): Promise<void>;
  pause(name: ServiceName): Promise<void>;
  resume(name: ServiceName): Promise<void>;
  /** Takes the service off the network altogether, or puts it back. */
  unplug(name: ServiceName): Promise<void>;
  plug(name: ServiceName): Promise<void>;
  setWeather(link: LinkName, weather: Weather): Promise<void>;
  /** From now on the service cannot write more than a few bytes. */
  fillDisk(name: ServiceName): Promise<void>;
  freeDisk(name: ServiceName): Promise<void>;

  /** All that the services have logged, one JSON object a line, among other lines. */
  logs(): Promise<string>;
  /** What went wrong without any fault of ours: processes that ended by themselves. */
  readonly complaints: readonly string[];
  /** The directory in which the services' files lie, or a copy of it: `catalog/journal.csv`, `order-1/orders.csv` … */
  files(): Promise<string>;
  /** Ends everything; removes the state unless it shall be kept. */
  close(keepsFiles: boolean): Promise<void>;
}

/** What is done to the directory of the services' files before they start. */
export type Preparation = (directory: string) => Promise<void>;

/** What not every machine lets a test do. */
export type Ability = 'crash' | 'unplug' | 'full disk' | 'links';
