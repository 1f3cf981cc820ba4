// What Linux tells about processes in /proc. Elsewhere there is none, and the figures are left out.
import { readFileSync } from 'node:fs';

/** Linux counts processor time for its users in hundredths of a second, on every platform that Node runs on. */
const tickUs = 10_000;

/** Processor time of a process and of the children that it has waited for, µs. */
export interface CpuTime {
  readonly ownUs: number;
  readonly endedChildrenUs: number;
}

/** Memory of a process, MB (of a million bytes). */
export interface Memory {
  readonly residentMb: number;
  readonly peakMb: number;
  /** The part of `residentMb` that is the program itself: processes of one program have it in common. */
  readonly fileMb: number;
}

/** Reads the text of `/proc/<pid>/stat`. */
export function parseStat(text: string): CpuTime {
  // The second field, the name, may contain spaces and brackets; the one after it is the third.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = (field: number): number => Number(fields[field - 3]);
  return {
    ownUs: (ticks(14) + ticks(15)) * tickUs,
    endedChildrenUs: (ticks(16) + ticks(17)) * tickUs,
  };
}

/** Reads the text of `/proc/<pid>/status`. */
export function parseStatus(text: string): Memory {
  const megabytes = (name: string): number => {
    const [, kibibytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text) ?? [];
    return (Number(kibibytes) * 1_024) / 1e6;
  };
  return { residentMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM'), fileMb: megabytes('RssFile') };
}

/** What processes of one program take together, MB. */
export function memoryTogether(all: readonly Memory[]): number {
  const own = all.reduce((sum, { residentMb, fileMb }) => sum + residentMb - fileMb, 0);
  return own + Math.max(0, ...all.map(({ fileMb }) => fileMb));
}

function read<T>(pid: number | 'self', file: string, parse: (text: string) => T): T | undefined {
  try {
    return parse(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Processor time so far; undefined where that is not told, or the process is gone. */
export function cpuTime(pid: number | 'self'): CpuTime | undefined {
  return read(pid, 'stat', parseStat);
}

/** Memory now and at most so far; undefined where that is not told, or the process is gone. */
export function memory(pid: number): Memory | undefined {
  return read(pid, 'status', parseStatus);
}
