// Whatever shares a message with whatever, and in whichever order answers come: each call gets its own answer, or
// learns that it will get none.
import { expect } from 'chai';
import * as fc from 'fast-check';
import { BatchCaller, listFraming, serveBatches, StreamBrokenError } from '../../src/shared/batch-stream.js';
import { propertyTimeoutMs, tries } from '../support/property-runs.js';
import { settle } from '../support/virtual-clock.js';

interface Item {
  readonly requestId: number;
  readonly text: string;
}
type Frame = { items: Item[] };

/** A server that answers at once, or when it is told to, and the caller of it. */
class Line {
  readonly caller: BatchCaller<Item, Item, Frame, Frame>;
  /** Frames that held more than allowed. */
  tooLarge = 0;
  readonly #held: (() => void)[] = [];

  constructor(maxRequests: number, maxResponses: number) {
    this.caller = new BatchCaller({
      open: (frames, signal) =>
        this.#until(
          signal,
          serveBatches(
            this.#count(frames, maxRequests),
            listFraming<Item>(maxRequests),
            listFraming<Item>(maxResponses),
            (request) => this.#answer(request),
          ),
        ),
      requests: listFraming<Item>(maxRequests),
      responses: listFraming<Item>(maxResponses),
      maxInFlight: 1_000,
    });
  }

  /** Answers one of the requests that wait for it. */
  release(pick: number): void {
    this.#held.splice(pick % this.#held.length, 1)[0]?.();
  }

  releaseAll(): void {
    this.#held.splice(0).forEach((resolve) => resolve());
  }

  #answer({ requestId, text }: Item): Item | Promise<Item> {
    const response = { requestId, text: `answer to ${text}` };
    return text.startsWith('late')
      ? new Promise((resolve) => this.#held.push(() => resolve(response)))
      : response;
  }

  async *#count(frames: AsyncIterable<Frame>, maxItems: number): AsyncGenerator<Frame> {
    for await (const frame of frames) {
      this.tooLarge += frame.items.length > maxItems || frame.items.length === 0 ? 1 : 0;
      yield frame;
    }
  }

  /** What gRPC does when a call is given up. */
  async *#until(signal: AbortSignal, frames: AsyncGenerator<Frame>): AsyncGenerator<Frame> {
    const aborted = new Promise<IteratorResult<Frame>>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('given up')));
    });
    aborted.catch(() => undefined);
    for (;;) {
      const next = await Promise.race([frames.next(), aborted]);
      if (next.done) {
        return;
      }
      yield next.value;
    }
  }
}

const actions = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('call' as const), late: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), pick: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('reset' as const, 'nothing' as const) }) },
  ),
  { maxLength: 50, size: 'max' },
);

describe('property: batch stream', function () {
  this.timeout(propertyTimeoutMs);

  it('gives each call its own answer, however they were batched, and fails just those that a break cuts off', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        actions,
        async (maxRequests, maxResponses, todo) => {
          const line = new Line(maxRequests, maxResponses);
          const calls: { text: string; cutOff: boolean; outcome: string }[] = [];
          for (const action of todo) {
            if (action.kind === 'call') {
              const call = {
                text: `${action.late ? 'late' : 'prompt'} ${calls.length}`,
                cutOff: false,
                outcome: '',
              };
              calls.push(call);
              line.caller.call({ text: call.text }).then(
                ({ text }) => (call.outcome += text),
                (error: unknown) =>
                  (call.outcome += error instanceof StreamBrokenError ? 'broken' : String(error)),
              );
            } else if (action.kind === 'release') {
              line.release(action.pick);
            } else if (action.kind === 'turn') {
              await settle();
            } else if (action.kind === 'reset') {
              await settle();
              calls.filter(({ outcome }) => outcome === '').forEach((call) => (call.cutOff = true));
              line.caller.reset('test');
            }
          }
          for (let turn = 0; turn < 50 && calls.some(({ outcome }) => outcome === ''); turn += 1) {
            await settle();
            line.releaseAll();
          }
          for (const { text, cutOff, outcome } of calls) {
            expect(outcome, text).to.equal(cutOff ? 'broken' : `answer to ${text}`);
          }
          expect(line.tooLarge).to.equal(0);
        },
      ),
      tries(400),
    ));
});
