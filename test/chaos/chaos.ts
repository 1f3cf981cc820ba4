// Runs of a given time: with random faults, and with none at all.
import { setTimeout as sleep } from 'node:timers/promises';
import { Dice } from '../simulation/dice.js';
import { planStrikes, type Pace } from './plan.js';
import { Session, type Outcome, type SessionOptions } from './session.js';
import type { Target } from './target.js';
import { judge } from './verdict.js';

/** Random faults for the given time. The system runs already. */
export async function chaos(
  target: Target,
  minutes: number,
  { pace, ...options }: SessionOptions & { pace?: Pace },
): Promise<Outcome> {
  const session = await Session.begin(target, options);
  const strikes = planStrikes(new Dice(options.seed), target.impossible, pace);
  await session.faults.run(strikes, session.startMs + minutes * 60_000);
  return session.reckon();
}

/** How often a run without faults says how far it is, ms. */
const progressMs = 10_000;

/** No fault at all: whoever is elected after the first leader is elected by mistake. */
export async function calm(target: Target, minutes: number, options: SessionOptions): Promise<Outcome> {
  const session = await Session.begin(target, options);
  const endMs = session.startMs + minutes * 60_000;
  while (performance.now() < endMs) {
    await sleep(Math.min(progressMs, endMs - performance.now()));
    session.say(`${session.load.posts.length} orders`);
  }
  const outcome = await session.reckon();
  const mistakes = outcome.elections.slice(1).map(({ term }) => `false failover: term ${term} began`);
  return { ...outcome, verdict: judge([...outcome.verdict.violations, ...mistakes], outcome.figures) };
}
