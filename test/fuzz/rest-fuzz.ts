// Sends the requests and judges what comes back: an answer to each that is whole, never a 5xx for which the system would
// be to blame, and nothing that waits for ever.
import { seededRandom } from '../../src/cli/seeded-random.js';
import { RawConnection, type RawAnswer } from '../support/raw-connection.js';
import { fuzzRequest, type FuzzRequest } from './rest-requests.js';
import type { Finding, Tally } from './report.js';

const connections = 16;
/** Longer than any limit of the server but that for slow clients, which these are not. */
const patienceMs = 8_000;
/** The parser's own words for what it does not know. */
const rightly5xx = new Set([501, 505]);

export interface FuzzRun {
  readonly seed: number;
  readonly count: number;
  /** Only this one. */
  readonly only?: number;
  readonly onProgress: (done: number) => void;
}

/** Generators of neighbouring seeds give unrelated numbers. */
export const randomOf = (seed: number, index: number) => seededRandom(Math.imul(seed, 0x9e37_79b1) + index);

/** Hands out the numbers, one at a time, to whoever is free. */
export function* numbers({ count, only, onProgress }: FuzzRun): Generator<number, void, undefined> {
  if (only !== undefined) {
    yield only;
    return;
  }
  for (let index = 0; index < count; index += 1) {
    yield index;
    onProgress(index + 1);
  }
}

export async function fuzzRest(port: string, run: FuzzRun, tally: Tally): Promise<void> {
  const queue = numbers(run);
  const workers = Array.from({ length: connections }, async () => {
    let connection: RawConnection | undefined;
    for (const index of queue) {
      const request = fuzzRequest(randomOf(run.seed, index));
      if (!connection || connection.closed || !request.isWhole) {
        connection?.close();
        connection = await RawConnection.open(port);
      }
      const finding = await judge(connection, request, tally);
      if (finding) {
        tally.findings.push({ index, what: finding, bytes: request.bytes } satisfies Finding);
      }
      if (finding || !request.isWhole) {
        connection.close();
        connection = undefined;
      }
    }
    connection?.close();
  });
  await Promise.all(workers);
}

/** @returns what is wrong with the answer */
async function judge(
  connection: RawConnection,
  request: FuzzRequest,
  tally: Tally,
): Promise<string | undefined> {
  connection.send(request.bytes);
  if (!request.isWhole) {
    // Nothing follows: whatever it waits for will not come.
    connection.endSending();
  }
  let answer: RawAnswer;
  try {
    answer = await connection.answer({ bodyless: request.isHead, withinMs: patienceMs });
  } catch {
    tally.count(connection.closed ? 'closed without an answer' : 'no answer');
    return request.isWhole || !connection.closed ? 'no answer came' : undefined;
  }
  tally.count(String(answer.status));
  if (answer.headers.connection === 'close') {
    connection.close();
  }
  const isServerError = answer.status >= 500 && !rightly5xx.has(answer.status);
  return isServerError || !(answer.status >= 200)
    ? `answered ${answer.status}: ${answer.text.slice(0, 200)}`
    : undefined;
}
