import { expect } from 'chai';
import { readElections, checkTerms } from '../../chaos/elections.js';
import { findUnexplained } from '../../chaos/failovers.js';
import type { FaultRecord } from '../../chaos/faults.js';
import { longestSilenceMs, rate } from '../../chaos/figures.js';
import { planStrikes, type Strike } from '../../chaos/plan.js';
import type { Ability } from '../../chaos/target.js';
import { isClean, judge } from '../../chaos/verdict.js';
import { Dice } from '../../simulation/dice.js';

const timesMs = [100, 200, 250, 900, 950, 2_000];

describe('the longest silence', () => {
  it('is the longest time between two answers within the span', () => {
    expect(longestSilenceMs(timesMs, 150, 940)).to.equal(650);
  });

  it('counts as a whole if it began before the span or ends after it', () => {
    expect(longestSilenceMs(timesMs, 800, 900)).to.equal(650);
    expect(longestSilenceMs(timesMs, 900, 1_000)).to.equal(1_050);
  });

  it('begins with the span if nothing was answered before', () => {
    expect(longestSilenceMs(timesMs, 0, 150)).to.equal(100);
  });
});

it('a rate of answers counts the answers within the span, per second', () => {
  expect(rate(timesMs, 100, 1_100)).to.equal(4);
});

describe('elections', () => {
  const line = (service: string, time: number, msg: string) =>
    JSON.stringify({ level: 30, time, service, msg });
  const origin = performance.timeOrigin;

  it('are found in the logs of the replicas, whatever stands before a line', () => {
    const logs = [
      `order-2-1  | ${line('order-2', origin + 2_000, 'leading in term 2 from transaction 8 on')}`,
      line('order-3', origin + 1_000, 'leading in term 1 from transaction 1 on'),
      line('frontend', origin + 1_010, 'order replica 3 leads in term 1'),
      'Error: leading in term 4 {',
    ].join('\n');
    expect(readElections(logs)).to.deep.equal([
      { atMs: 1_000, leaderId: 3, term: 1 },
      { atMs: 2_000, leaderId: 2, term: 2 },
    ]);
  });

  it('have one winner in each term', () => {
    const elected = (leaderId: number, term: number) => ({ atMs: 0, leaderId, term });
    expect(checkTerms([elected(3, 1), elected(2, 2)])).to.deep.equal([]);
    expect(checkTerms([elected(3, 1), elected(2, 2), elected(1, 2)])).to.have.length(1);
  });

  it('are explained by a fault each, once', () => {
    const fault = (fromMs: number, untilMs: number): FaultRecord => ({
      action: 'kill',
      victim: 'leader',
      services: ['order-3'],
      text: '',
      fromMs,
      untilMs,
    });
    const at = (atMs: number, term: number) => ({ atMs, leaderId: 1, term });
    const elections = [at(5, 1), at(1_100, 2), at(1_300, 3), at(9_000, 4), at(10_500, 5)];
    const unexplained = findUnexplained(elections, [fault(1_000, 1_400), fault(10_000, 10_400)]);
    expect(unexplained.map(({ term }) => term)).to.deep.equal([3, 4]);
  });
});

describe('a plan of faults', () => {
  const inFiles = new Map([['database', 'the ledger is in files'] as const]);
  const first = (seed: number, impossible: ReadonlyMap<Ability, string> = inFiles) => {
    const strikes = planStrikes(new Dice(seed), impossible);
    return Array.from({ length: 80 }, () => strikes.next().value);
  };
  const faultsOf = (strikes: readonly Strike[]) => strikes.flatMap(({ faults }) => faults);

  it('is the same for the same seed, and another one for another', () => {
    expect(first(7)).to.deep.equal(first(7));
    expect(first(7)).not.to.deep.equal(first(8));
  });

  it('has every kind of fault within 80 strikes, and none that is impossible', () => {
    const actions = new Set(faultsOf(first(7)).map(({ action }) => action));
    expect([...actions]).to.have.members(['kill', 'crash', 'pause', 'unplug', 'full disk', 'cut', 'slow']);
    const natively = first(7, new Map([...inFiles, ['crash', 'no'] as const]));
    expect(faultsOf(natively).map(({ action }) => action)).not.to.include('crash');
  });

  it('has those of a database and of a second catalog where there are such, and only there', () => {
    const parts = (strikes: readonly Strike[]) => [
      ...new Set(
        faultsOf(strikes)
          .flatMap(({ action, services }) => services.map((role) => `${action} ${role}`))
          .filter((text) => /database|other catalog/.test(text)),
      ),
    ];
    expect(parts(first(7))).to.deep.equal([]);
    expect(parts(first(7, new Map()))).to.include.members([
      'kill database',
      'pause database',
      'disconnect database',
      'fail over database',
      'kill other database',
      'kill other catalog',
    ]);
  });
});

describe('the verdict', () => {
  it('counts violations by what they mean, and lets none pass', () => {
    const verdict = judge(['I1: a', 'I1: b', 'I10: c', 'I12: d'], { unanswered: 0 });
    expect(verdict).to.include({ lost: 2, staleLookups: 1, doubled: 0, gaps: 0, others: 1 });
    expect(isClean(verdict)).to.equal(false);
    expect(isClean(judge([], { unanswered: 0 }))).to.equal(true);
    expect(isClean(judge([], { unanswered: 1 }))).to.equal(false);
  });
});
