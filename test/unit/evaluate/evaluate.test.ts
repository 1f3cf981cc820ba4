import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { seededRandom } from '../../../src/cli/seeded-random.js';
import { judge } from '../../chaos/verdict.js';
import { histogram } from '../../evaluate/histogram.js';
import { asPromised } from '../../evaluate/promises.js';
import {
  experimentNames,
  originOf,
  placeNames,
  type LatencyRow,
  type TimelineResult,
} from '../../evaluate/results.js';
import { texts } from '../../evaluate/text.js';
import { zipf } from '../../evaluate/zipf.js';

const run: TimelineResult = {
  acknowledged: 3,
  requests: 1_234,
  unanswered: 0,
  slowestMs: 25,
  verdict: judge([], { unanswered: 0 }),
  logHashes: { 'order-1': 'abc', 'order-2': 'abc', 'order-3': 'abc' },
  dots: [],
  marks: [{ name: 'killed', atS: 3.014 }],
};
const lostOne = { ...run, verdict: judge(['I1: order 7 is gone'], { unanswered: 0 }) };
const torn = { ...run, logHashes: { ...run.logHashes, 'order-2': 'def' } };
const timeline = (result: TimelineResult) => ({
  timeline: { origin: originOf('native', 'timeline', 'wrk'), result },
});

describe("evaluation: Zipf's law", () => {
  const shares = (exponent: number): number[] => {
    const draw = zipf(3, exponent, seededRandom(1));
    const drawn = Array.from({ length: 60_000 }, draw);
    return [0, 1, 2].map((number) => drawn.filter((each) => each === number).length / drawn.length);
  };

  it('draws each number as often as its weight says', () => {
    const expected = { 0: [1 / 3, 1 / 3, 1 / 3], 1: [6 / 11, 3 / 11, 2 / 11], 2: [36 / 49, 9 / 49, 4 / 49] };
    for (const [exponent, weights] of Object.entries(expected)) {
      shares(Number(exponent)).forEach((share, index) =>
        expect(share).to.be.closeTo(weights[index] ?? Number.NaN, 0.01),
      );
    }
  });
});

describe('evaluation: histogram', () => {
  it('counts each time once, and has the empty bins in between', () => {
    expect(histogram([130, 99.9, 100, 25], 25)).to.deep.equal([
      { fromMs: 25, count: 1 },
      { fromMs: 50, count: 0 },
      { fromMs: 75, count: 1 },
      { fromMs: 100, count: 1 },
      { fromMs: 125, count: 1 },
    ]);
  });
});

describe('evaluation: what it says', () => {
  it('answers both questions', () => {
    const text = texts.timeline(run);
    expect(text).to.contain('killed at 3.01 s');
    expect(text).to.contain('Of 1,234 requests 0 had no answer; the slowest took 25.0 ms');
    expect(text).to.contain('same file?** Yes').and.to.contain('All promises were kept');
  });

  it('does not hide replicas that differ, or what was lost', () => {
    expect(texts.timeline(torn)).to.contain('same file?** **No**');
    expect(texts.timeline(lostOne))
      .to.contain('lost 1')
      .and.to.contain('Promises were broken')
      .and.to.contain('- I1: order 7 is gone');
  });

  it('calls a run good only if everything was as promised', () => {
    const row: LatencyRow = { cached: true, probability: 0, byKind: {}, errors: 0, mismatches: 0 };
    const latency = (rows: LatencyRow[]) => ({
      latency: { origin: originOf('native', 'latency', 'wrk'), result: rows },
    });
    expect([run, torn, lostOne].map((result) => asPromised(timeline(result)))).to.deep.equal([
      true,
      false,
      false,
    ]);
    expect(asPromised(latency([row]))).to.equal(true);
    expect(asPromised(latency([row, { ...row, mismatches: 1 }]))).to.equal(false);
    expect(asPromised(latency([row, { ...row, errors: 1 }]))).to.equal(false);
  });

  it('has a place in the document for each result', () => {
    const text = readFileSync('docs/evaluation.md', 'utf8');
    for (const name of placeNames.flatMap((place) => experimentNames.map((each) => `${place}:${each}`))) {
      expect(text).to.contain(`<!-- evaluate:${name} -->`).and.to.contain(`<!-- /evaluate:${name} -->`);
    }
  });
});
