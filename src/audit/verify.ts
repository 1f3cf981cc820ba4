#!/usr/bin/env node
// `npm run verify`: checks that a system, running or stopped, has kept its word. See --help.
import { systemClock } from '../shared/clock.js';
import { audit } from './audit.js';
import { formatReport } from './report-text.js';
import { runCommand } from './run-command.js';
import { parseVerifyOptions } from './verify-options.js';

/** How long replicas may take to come level with what the journal held at the first look, ms. */
const levelPatienceMs = 10_000;

const exitStatus = { good: 0, wrong: 1, unchecked: 2 } as const;

await runCommand(async () => {
  const options = parseVerifyOptions(process.argv.slice(2), process.env);
  const report = await audit(options, systemClock, levelPatienceMs);
  console.log(options.json ? JSON.stringify(report, undefined, 2) : formatReport(report));
  return exitStatus[report.verdict];
});
