import { expect } from 'chai';
import type { HttpAnswer, HttpRequest } from '../../../src/cli/http-connection.js';
import { retryDelayMs, sendWithRetries } from '../../../src/cli/retry.js';

const policy = { maxRetries: 3, giveUpAfterMs: 30_000, baseDelayMs: 100, maxDelayMs: 2_000 };
const now = new Date('2026-01-01T00:00:00Z');
const request: HttpRequest = {
  method: 'POST',
  path: '/orders',
  headers: { 'idempotency-key': 'k1' },
  body: '{}',
};
const answer = (status: number, headers: HttpAnswer['headers'] = {}): HttpAnswer => ({
  status,
  headers,
  body: '',
});

/** Sends through a list of what each attempt meets; tells what was sent and how long the pauses were. */
async function send(attempts: (HttpAnswer | Error)[], attemptMs = 0) {
  const sent: HttpRequest[] = [];
  const delaysMs: number[] = [];
  const result = await sendWithRetries(
    request,
    async (each) => {
      sent.push(each);
      const attempt = attempts[sent.length - 1] ?? new Error('more attempts than expected');
      if (attempt instanceof Error) {
        throw attempt;
      }
      return attempt;
    },
    {
      policy,
      random: () => 1,
      now: () => new Date(now.getTime() + sent.length * attemptMs),
      sleep: async (delayMs) => void delaysMs.push(delayMs),
    },
  );
  return { result, sent, delaysMs };
}

describe('retries', () => {
  it('takes the first answer when it is final, a refusal too', async () => {
    for (const status of [200, 400, 404, 422, 500]) {
      const { result, sent } = await send([answer(status)]);
      expect(result).to.deep.equal({ retries: 0, answer: answer(status) });
      expect(sent).to.have.lengthOf(1);
    }
  });

  for (const status of [429, 502, 503, 504]) {
    it(`sends the same request again after ${status}`, async () => {
      const { result, sent } = await send([answer(status), answer(200)]);
      expect(result).to.deep.equal({ retries: 1, answer: answer(200) });
      expect(sent).to.deep.equal([request, request]);
    });
  }

  it('sends the same request again when the connection breaks', async () => {
    const { result, sent } = await send([new Error('read ECONNRESET'), new Error('refused'), answer(200)]);
    expect(result).to.deep.equal({ retries: 2, answer: answer(200) });
    expect(sent).to.deep.equal([request, request, request]);
  });

  it('gives up after the last retry, with what it met last', async () => {
    const broken = new Error('connect ECONNREFUSED');
    const withoutAnswer = await send([broken, broken, broken, broken, answer(200)]);
    expect(withoutAnswer.result).to.deep.equal({ retries: 3, reason: 'connect ECONNREFUSED' });
    const unavailable = await send([broken, broken, broken, answer(503), answer(200)]);
    expect(unavailable.result).to.deep.equal({ retries: 3, answer: answer(503) });
  });

  it('gives up when its time has passed, although retries are left', async () => {
    const { result } = await send([answer(503), answer(503), answer(200)], 15_000);
    expect(result).to.deep.equal({ retries: 1, answer: answer(503) });
    expect((await send([answer(503), answer(503), answer(200)], 14_999)).result.retries).to.equal(2);
  });

  it('names the reason when all addresses of a name fail', async () => {
    const all = new AggregateError([new Error('connect ECONNREFUSED ::1'), new Error('other')]);
    const { result } = await send([all, all, all, all]);
    expect(result).to.deep.equal({ retries: 3, reason: 'connect ECONNREFUSED ::1' });
  });

  it('waits as long as the server asks, but no longer than the cap', async () => {
    const { delaysMs } = await send([
      answer(503, { 'retry-after': '1' }),
      answer(503, { 'retry-after': '3600' }),
      answer(503, { 'retry-after': '0' }),
      answer(200),
    ]);
    expect(delaysMs).to.deep.equal([1_000, 2_000, 0]);
  });

  it('doubles its pauses when the server asks for none', async () => {
    const { delaysMs } = await send([answer(503), new Error('broken'), answer(503), answer(200)]);
    expect(delaysMs).to.deep.equal([100, 200, 400]);
  });
});

const delayMs = (retryAfter: string | undefined, random = 1, retriesSoFar = 0) =>
  retryDelayMs(retriesSoFar, retryAfter, { policy, random: () => random, now });

describe('pause before a retry', () => {
  it('understands a date', () => {
    expect(delayMs('Thu, 01 Jan 2026 00:00:01 GMT')).to.equal(1_000);
    expect(delayMs('Wed, 31 Dec 2025 23:59:59 GMT')).to.equal(0);
  });

  it('ignores what it does not understand', () => {
    expect(delayMs('soon')).to.equal(100);
    expect(delayMs(' ')).to.equal(100);
  });

  it('spreads by chance over the upper half of the pause, and stays below the cap', () => {
    expect(delayMs(undefined, 0)).to.equal(50);
    expect(delayMs(undefined, 1)).to.equal(100);
    expect(delayMs(undefined, 1, 60)).to.equal(2_000);
  });
});
