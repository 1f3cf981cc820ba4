// A relation between settings: what it says of them, and to whom.
import type { Config } from './config.js';

/** The three programs. */
export type Service = 'catalog' | 'order' | 'frontend';

/** Who reads the settings: one of our services, `stock start`, which runs all of them, or another command. */
export type Reader = Service | 'launcher' | 'command';

/** Settings as somebody reads them. */
export interface Reading {
  readonly config: Config;
  readonly reader: Reader;
  /** What was set, and not left at its default. */
  readonly given: Readonly<Record<string, string>>;
}

export interface Relation {
  /** The settings that it is between. */
  readonly between: readonly string[];
  /** The sentence to tell if they are wrong together. */
  readonly mistake: (reading: Reading) => string | undefined;
}

/** Whether a service runs with these settings. */
export const runs = ({ reader }: Reading, service: Service): boolean =>
  reader === service || reader === 'launcher';
