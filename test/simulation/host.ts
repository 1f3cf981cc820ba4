import type { Life } from './life.js';

/** A machine of the cluster. What runs on it comes and goes; its disk, if it has one, stays. */
export interface Host {
  readonly name: string;
  /** The process that runs there now. */
  readonly life: Life | undefined;
  /** Whether that process takes calls yet. */
  readonly listening: boolean;
}
