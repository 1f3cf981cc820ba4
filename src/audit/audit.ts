// Looks at a system until what seems wrong has proved to be so.
import type { Clock } from '../shared/clock.js';
import { takeLook, type LookOptions } from './look.js';
import { judge, type Report } from './report.js';

const pauseMs = 250;

/**
 * Looks, and judges. Where a system runs, replicas get time to come level with what the journal held at the first look,
 * and any other complaint is looked at once more: a process may have been starting, and cutting off a torn line.
 * @param patienceMs how long after the first look replicas may take to come level
 */
export async function audit(options: LookOptions, clock: Clock, patienceMs: number): Promise<Report> {
  let look = await takeLook(options);
  const scope = { ...options, targetNumber: look.journal.audit.lastNumber };
  let report = judge(look, scope);
  // Long logs take seconds to read, in which the journal grows: whatever the first look says of lag means little.
  const endMs = clock.now() + patienceMs;
  for (let looks = 1; isWorthAnother(report, looks, clock.now() < endMs); looks += 1) {
    await clock.sleep(pauseMs);
    look = await takeLook(options);
    report = judge(look, scope);
  }
  return report;
}

function isWorthAnother({ url, findings }: Report, looks: number, hasTime: boolean): boolean {
  const mayPass = looks === 1 || (hasTime && findings.every(({ kind }) => kind === 'lag'));
  return url !== undefined && findings.length > 0 && mayPass;
}
