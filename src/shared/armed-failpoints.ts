// FAILPOINTS=<name>:<action>[@<n>],… makes a process of a real system fail just there:
//   catalog.trade.durable:kill@100        ends it, as kill -9 does, when it is there for the 100th time
//   order.follower.durable:pause=500      lets it sleep for 500 ms each time, as SIGSTOP and SIGCONT do
import { failpointNames, onFailpoint, type FailpointName } from './failpoint.js';

interface Armed {
  readonly name: FailpointName;
  /** undefined: end the process. */
  readonly pauseMs: number | undefined;
  /** At which time only; undefined: each. */
  readonly time: number | undefined;
}

const entryPattern = /^(?<name>[a-z.]+):(?:kill|pause=(?<ms>\d{1,5}))(?:@(?<time>[1-9]\d{0,8}))?$/;

/**
 * Reads the setting.
 * @throws Error saying which entry is wrong
 */
export function parseFailpoints(setting: string): readonly Armed[] {
  const entries = setting.split(',').map((entry) => entry.trim());
  return entries.filter((entry) => entry !== '').map(parseEntry);
}

function parseEntry(entry: string): Armed {
  const groups = entryPattern.exec(entry)?.groups;
  const name = failpointNames.find((known) => known === groups?.name);
  if (!groups || !name) {
    throw new Error(
      `"${entry}" must be <failpoint>:kill or <failpoint>:pause=<ms>, maybe with @<which time>; ` +
        'src/shared/failpoint.ts lists the failpoints',
    );
  }
  return {
    name,
    pauseMs: groups.ms === undefined ? undefined : Number(groups.ms),
    time: groups.time === undefined ? undefined : Number(groups.time),
  };
}

/** Arms this process. */
export function armFailpoints(armed: readonly Armed[]): void {
  const counts = new Map<FailpointName, number>();
  const strike = ({ pauseMs }: Armed): void => {
    if (pauseMs === undefined) {
      process.kill(process.pid, 'SIGKILL');
    } else {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  };
  if (armed.length > 0) {
    onFailpoint((name) => {
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      armed.filter((each) => each.name === name && (each.time ?? count) === count).forEach(strike);
    });
  }
}
