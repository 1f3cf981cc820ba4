// A run that is short enough for the tests: faults follow each other closely.
import { expect } from 'chai';
import { chaos } from './chaos.js';
import type { Target } from './target.js';

const minutes = 0.4;
const pace = { shortestGapMs: 1_500, longestGapMs: 2_500 };

/** Starts the system, makes faults for half a minute, and expects that every promise was kept. */
export async function expectToWithstand(target: Target, seed: number): Promise<void> {
  const story: string[] = [];
  const say = (text: string): void => void story.push(text);
  try {
    await target.start();
    const { figures, verdict } = await chaos(target, minutes, { seed, clients: 16, thinkMs: 15, pace, say });
    console.log(`      ${figures.acknowledged} orders, ${figures.faults} faults`);
    const told = story.join('\n');
    expect(verdict.violations, told).to.deep.equal([]);
    expect(verdict.unanswered, told).to.equal(0);
    expect(figures.faults).to.be.above(4);
    expect(figures.acknowledged).to.be.above(300);
  } finally {
    await target.close(false);
  }
}
