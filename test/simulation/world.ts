import { Dice } from './dice.js';
import { Ambush } from './ambush.js';
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
  readonly ambush: Ambush;
  readonly history = new Recorder();
  /** Clocks are up to this much too fast or too slow. */
  clockDrift = 0;
  /** Whether clients also trade at the catalog directly. */
  hasStrangers = false;

  constructor(seed: number, keepsTrace: boolean) {
    this.dice = new Dice(seed);
    this.ambush = new Ambush(this.timeline);
    this.trace = new Trace(this.timeline, keepsTrace);
    this.network = new Network(this.timeline, this.dice.fork(), this.trace);
  }
}
