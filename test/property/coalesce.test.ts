// Shared runs of an expensive question: whatever the order of calls and ends, no caller gets an answer that was worked
// out before it asked, and no two runs go on at the same time.
import { expect } from 'chai';
import * as fc from 'fast-check';
import { coalesce } from '../../src/shared/coalesce.js';
import { propertyTimeoutMs, tries } from '../support/property-runs.js';
import { settle } from '../support/virtual-clock.js';

const actions = fc.array(fc.constantFrom('call', 'call', 'succeed', 'fail', 'turn'), {
  maxLength: 40,
  size: 'max',
});

describe('property: coalesce', function () {
  this.timeout(propertyTimeoutMs);

  it('answers each call by a run that started after it, one run at a time, with no more runs than needed', () =>
    fc.assert(
      fc.asyncProperty(actions, async (todo) => {
        let runs = 0;
        let end: { resolve: (run: number) => void; reject: (error: Error) => void } | undefined;
        const ask = coalesce(() => {
          expect(end, 'two runs at the same time').to.equal(undefined);
          runs += 1;
          return new Promise<number>((resolve, reject) => (end = { resolve, reject }));
        });
        const finish = (ok: boolean) => {
          const run = runs;
          const current = end;
          end = undefined;
          if (ok) {
            current?.resolve(run);
          } else {
            current?.reject(new Error(String(run)));
          }
        };
        const calls: { runsBefore: number; wasRunning: boolean; run: number }[] = [];
        for (const action of todo) {
          if (action === 'call') {
            // Runs that ended have been noticed by now.
            await settle();
            const call = { runsBefore: runs, wasRunning: end !== undefined, run: 0 };
            calls.push(call);
            ask().then(
              (run) => (call.run = run),
              (error: Error) => (call.run = Number(error.message)),
            );
          } else if (action === 'turn') {
            await settle();
          } else {
            finish(action === 'succeed');
          }
        }
        for (let turn = 0; turn < 3; turn += 1) {
          await settle();
          finish(true);
        }
        await settle();
        for (const { runsBefore, run } of calls) {
          // The run that was under way does not count; the next one does, and there is no reason to wait longer.
          expect(run).to.equal(runsBefore + 1);
        }
      }),
      tries(1_000),
    ));
});
