// What a chaos run needs of a running system, whether its five services are processes or containers, and wherever its
// ledger is.
import type { ProcessName } from '../support/system.js';
import type { Weather } from '../support/link.js';
import type { LinkName } from './links.js';

/** Whatever a fault can hit. */
export type MachineName = ProcessName | 'database' | 'database-2';

/** The parts that are played by one or the other: by whom shows only when the time has come. */
export type LedgerRole = 'catalog' | 'other catalog' | 'database' | 'other database';

export interface Target {
  /** Where the clients send their requests. */
  readonly url: string;
  /** The faults that cannot be made here, each with the reason. */
  readonly impossible: ReadonlyMap<Ability, string>;
  /** Who plays which part now; without a database there is only one catalog. */
  readonly cast: Readonly<Partial<Record<LedgerRole, MachineName>>>;

  /** Starts everything, and waits until trades succeed. */
  start(): Promise<void>;
  /** Ends the service with SIGKILL; it stays away until it is launched. */
  kill(name: MachineName): Promise<void>;
  /** Ends it with SIGKILL in a way that the system's own supervisor, if it has one, sees as a crash and mends. */
  crash(name: MachineName): Promise<void>;
  /** Waits until the supervisor has started it again. */
  recover(name: MachineName): Promise<void>;
  /** Starts the service again, unless it runs. */
  launch(name: MachineName): Promise<void>;
  pause(name: MachineName): Promise<void>;
  resume(name: MachineName): Promise<void>;
  /** Takes the service off the network altogether, or puts it back. */
  unplug(name: MachineName): Promise<void>;
  plug(name: MachineName): Promise<void>;
  /** Breaks all connections of the catalogs to the database. */
  disconnect(name: MachineName): Promise<void>;
  /** Makes the standby of a database that was killed the primary, and gives it a standby again. */
  failOver(name: MachineName): Promise<void>;
  setWeather(link: LinkName, weather: Weather): Promise<void>;
  /** From now on the service cannot write more than a few bytes. */
  fillDisk(name: MachineName): Promise<void>;
  freeDisk(name: MachineName): Promise<void>;

  /** All that the services have logged, one JSON object a line, among other lines. */
  logs(): Promise<string>;
  /** What went wrong without any fault of ours: processes that ended by themselves. */
  readonly complaints: readonly string[];
  /** The directory in which the services' files lie, or a copy of it: `catalog/journal.csv`, `order-1/orders.csv` … */
  files(): Promise<string>;
  /** Where the ledger is in a database: what that holds, now that nobody trades any more. */
  exportLedger?(): Promise<ExportedLedger>;
  /** Ends everything; removes the state unless it shall be kept. */
  close(keepsFiles: boolean): Promise<void>;
}

export interface ExportedLedger {
  /** As `files` gives it: the ledger is in `<directory>/catalog/journal.csv`. */
  readonly directory: string;
  /** What does not hold the same, and should. */
  readonly differences: readonly string[];
}

/** What is done to the directory of the services' files before they start. */
export type Preparation = (directory: string) => Promise<void>;

/** What not every machine lets a test do. */
export type Ability = 'crash' | 'unplug' | 'full disk' | 'links' | 'database';
