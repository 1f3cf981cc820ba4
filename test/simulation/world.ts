import { Dice } from './dice.js';
import { Failpoint } from './failpoint.js';
import { Recorder } from './recorder.js';
import { Network } from './network.js';
import { Timeline } from './timeline.js';
import { Trace } from './trace.js';

/** What everything in one simulated run shares. */
export class World {
  readonly timeline = new Timeline();
  readonly dice: Dice;
  readonly trace: Trace;
  readonly network: Network;
  readonly failpoint = new Failpoint();
  readonly history = new Recorder();
  /** Clocks are up to this much too fast or too slow. */
  clockDrift = 0;
  /** Whether clients also trade at the catalog directly. */
  hasStrangers = false;

  constructor(seed: number, keepsTrace: boolean) {
    this.dice = new Dice(seed);
    this.trace = new Trace(this.timeline, keepsTrace);
    const onStep = (host: string, step: string): void => this.failpoint.pass(host, step);
    this.network = new Network(this.timeline, this.dice.fork(), this.trace, onStep);
  }
}
