// Measures one server with wrk, or two in turns, and writes the results down.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { failIfEnded, SpeedError, track } from './processes.mjs';

const requestsScript = fileURLToPath(new URL('requests.lua', import.meta.url));

/** Figures that are not what they seem: to be seen above the table. */
export function warn(text) {
  console.error(`Warning: ${text}`);
}

/** One run of wrk. */
async function runWrk({ url, connections, luaArguments }, { threads }, seconds) {
  const size = [`-t${Math.min(threads, connections)}`, `-c${connections}`, `-d${seconds}s`];
  const script = ['-s', requestsScript, url, '--', ...luaArguments];
  const child = track(
    spawn('wrk', [...size, '--timeout', '10s', ...script], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  await new Promise((resolve) => child.once('close', resolve));
  const [, json] = /^result (\{.*\})$/m.exec(output) ?? [];
  if (json === undefined) {
    throw new SpeedError(`wrk brought no result for ${url}.\n${output}`);
  }
  const result = JSON.parse(json);
  return { ...result, requestsPerSecond: result.requests / result.seconds };
}

/** Measures system and reference in turns; the first round only warms them up. */
export async function measureCase({ title, system, reference, ...load }, settings, services) {
  const rounds = [];
  for (let number = 0; number <= settings.rounds; number += 1) {
    const seconds = number === 0 ? Math.min(2, settings.seconds) : settings.seconds;
    const round = {};
    for (const [side, url] of Object.entries({ system, reference })) {
      round[side] = await runWrk({ url, ...load }, settings, seconds);
      warnAboutFailures(title, side, round[side]);
      failIfEnded(services);
    }
    const rates = [round.system, round.reference].map((result) => `${result.requestsPerSecond.toFixed(0)}/s`);
    console.error(
      `${title}, ${number === 0 ? 'warming up' : `round ${number}`}: ${rates.join(', reference ')}, ` +
        `ratio ${ratioOf(round).toFixed(3)}`,
    );
    if (number > 0) {
      rounds.push(round);
    }
  }
  return summarizeCase(title, rounds);
}

function warnAboutFailures(title, side, { badStatuses, brokenConnections, requests }) {
  if (badStatuses > 0) {
    warn(`${title}, ${side}: ${badStatuses} of ${requests} answers were not 2xx; the figure does not count.`);
  }
  if (brokenConnections > 0) {
    warn(`${title}, ${side}: ${brokenConnections} connection errors or timeouts.`);
  }
}

function ratioOf({ system, reference }) {
  return system.requestsPerSecond / reference.requestsPerSecond;
}

function summarizeCase(title, rounds) {
  const medianOf = (side, figure) => median(rounds.map((round) => round[side][figure]));
  const failures = rounds.flatMap(Object.values).map((each) => each.badStatuses + each.brokenConnections);
  return {
    title,
    rate: medianOf('system', 'requestsPerSecond'),
    p50Ms: medianOf('system', 'p50Ms'),
    p99Ms: medianOf('system', 'p99Ms'),
    referenceRate: medianOf('reference', 'requestsPerSecond'),
    // Of the rounds, not of the two medians: what slows the machine for a while slows both sides of a round.
    ratio: median(rounds.map(ratioOf)),
    failures: failures.reduce((sum, count) => sum + count, 0),
  };
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The figures as a Markdown table. */
export function formatTable(cases) {
  const rows = cases.map(({ title, rate, p50Ms, p99Ms, referenceRate, ratio }) =>
    [
      title,
      rate.toFixed(0),
      p50Ms.toFixed(2),
      p99Ms.toFixed(2),
      referenceRate.toFixed(0),
      ratio.toFixed(3),
    ].join(' | '),
  );
  return [
    '| case | requests/s | p50 ms | p99 ms | reference requests/s | ratio |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}
