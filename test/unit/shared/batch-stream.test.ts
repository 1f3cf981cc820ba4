import { expect } from 'chai';
import {
  BatchCaller,
  listFraming,
  serveBatches,
  singleFraming,
  StreamBrokenError,
  StreamFullError,
} from '../../../src/shared/batch-stream.js';
import { currentCallback, Outbox, wholeTurn } from '../../../src/shared/outbox.js';
import { settle, watch } from '../../support/virtual-clock.js';

interface Question {
  readonly requestId: number;
  readonly text: string;
}
interface Answer {
  readonly requestId: number;
  readonly text: string;
}
type Frame<Item> = { items: Item[] };

describe('outbox', () => {
  it('hands out everything that has queued up since the last frame', async () => {
    const outbox = new Outbox<number>(10, wholeTurn);
    const frames = outbox[Symbol.asyncIterator]();
    [1, 2].forEach((item) => outbox.push(item));
    expect((await frames.next()).value).to.deep.equal([1, 2]);
    [3, 4, 5].forEach((item) => outbox.push(item));
    expect((await frames.next()).value).to.deep.equal([3, 4, 5]);
  });

  it('puts all that is pushed in one turn into one frame, for a waiting reader too', async () => {
    const outbox = new Outbox<number>(10, wholeTurn);
    const frame = outbox[Symbol.asyncIterator]().next();
    await settle();
    outbox.push(1);
    await Promise.resolve();
    outbox.push(2);
    expect((await frame).value).to.deep.equal([1, 2]);
  });

  it('puts all that one callback and its promises push into one frame, and waits for no other', async () => {
    const outbox = new Outbox<number>(10, currentCallback);
    const frames = outbox[Symbol.asyncIterator]();
    const first = frames.next();
    await settle();
    const later = new Promise<void>((resolve) => {
      setImmediate(() => {
        outbox.push(3);
        resolve();
      });
    });
    outbox.push(1);
    await Promise.resolve();
    outbox.push(2);
    expect((await first).value).to.deep.equal([1, 2]);
    await later;
    expect((await frames.next()).value).to.deep.equal([3]);
  });

  it('wakes the reader at once where a frame holds one item', async () => {
    const outbox = new Outbox<number>(1, wholeTurn);
    const frame = outbox[Symbol.asyncIterator]().next();
    await Promise.resolve();
    const seen = watch(frame);
    outbox.push(1);
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.resolve();
    }
    expect(seen.value).to.deep.equal({ value: [1], done: false });
  });

  it('makes no frame larger than it may be', async () => {
    const outbox = new Outbox<number>(2, wholeTurn);
    [1, 2, 3, 4, 5].forEach((item) => outbox.push(item));
    outbox.close();
    const frames: number[][] = [];
    for await (const frame of outbox) {
      frames.push(frame);
    }
    expect(frames).to.deep.equal([[1, 2], [3, 4], [5]]);
  });

  it('ends when it is closed, after what was pushed before', async () => {
    const outbox = new Outbox<number>(10, wholeTurn);
    const frames = outbox[Symbol.asyncIterator]();
    const first = frames.next();
    await settle();
    outbox.push(1);
    outbox.close();
    expect(await first).to.deep.equal({ value: [1], done: false });
    expect((await frames.next()).done).to.equal(true);
    const waiting = new Outbox<number>(10, wholeTurn);
    const last = waiting[Symbol.asyncIterator]().next();
    await settle();
    waiting.close();
    expect((await last).done).to.equal(true);
  });
});

/** The other end of a stream, in the test's hands. */
class FakeStream {
  readonly received: Question[][] = [];
  readonly answers = new Outbox<Answer>(10, wholeTurn);
  readonly signal: AbortSignal;
  ended = false;
  #failure: Error | undefined;

  constructor(frames: AsyncIterable<Frame<Question>>, signal: AbortSignal) {
    this.signal = signal;
    void this.#read(frames);
  }

  answer(requestId: number | undefined, text = 'yes'): void {
    this.answers.push({ requestId: requestId ?? 0, text });
  }

  breakOff(failure?: Error): void {
    this.#failure = failure;
    this.answers.close();
  }

  async *frames(): AsyncGenerator<Frame<Answer>> {
    for await (const items of this.answers) {
      yield { items };
    }
    if (this.#failure) {
      throw this.#failure;
    }
  }

  async #read(frames: AsyncIterable<Frame<Question>>): Promise<void> {
    for await (const frame of frames) {
      this.received.push(frame.items);
    }
    this.ended = true;
  }
}

describe('batch caller', () => {
  let streams: FakeStream[];
  let caller: BatchCaller<Question, Answer, Frame<Question>, Frame<Answer>>;
  const stream = (index = 0) => streams[index] as FakeStream;
  const idOf = (text: string) =>
    streams
      .flatMap(({ received }) => received.flat())
      .filter((question) => question.text === text)
      .at(-1)?.requestId;

  beforeEach(() => {
    streams = [];
    caller = new BatchCaller({
      open: (frames, signal) => {
        streams.push(new FakeStream(frames, signal));
        return (streams.at(-1) as FakeStream).frames();
      },
      requests: listFraming<Question>(4),
      responses: listFraming<Answer>(4),
      maxInFlight: 6,
    });
  });

  it('opens its stream with the first call, and sends calls of one turn as one frame', async () => {
    expect(streams).to.have.lengthOf(0);
    void caller.call({ text: 'a' });
    void caller.call({ text: 'b' });
    await settle();
    expect(streams).to.have.lengthOf(1);
    expect(stream().received.map((frame) => frame.map(({ text }) => text))).to.deep.equal([['a', 'b']]);
  });

  it('gives each caller its own answer, in whatever order they come', async () => {
    const calls = ['a', 'b', 'c'].map((text) => caller.call({ text }));
    await settle();
    for (const text of ['c', 'a', 'b']) {
      stream().answer(idOf(text), `${text}!`);
    }
    expect((await Promise.all(calls)).map(({ text }) => text)).to.deep.equal(['a!', 'b!', 'c!']);
  });

  it('takes no notice of answers that nobody asked for', async () => {
    const call = caller.call({ text: 'a' });
    await settle();
    stream().answer(999, 'stranger');
    stream().answer(idOf('a'), 'first');
    stream().answer(idOf('a'), 'second');
    expect((await call).text).to.equal('first');
  });

  it('breaks a stream on which an answer is late, and no other', async () => {
    const open = (frames: AsyncIterable<Frame<Question>>, signal: AbortSignal) => {
      streams.push(new FakeStream(frames, signal));
      return (streams.at(-1) as FakeStream).frames();
    };
    const framing = { requests: listFraming<Question>(4), responses: listFraming<Answer>(4) };
    const hasty = new BatchCaller({ open, ...framing, maxInFlight: 6, deadlineMs: 40 });
    const startMs = performance.now();
    const quick = hasty.call({ text: 'quick' });
    await settle();
    stream().answer(idOf('quick'), 'answer');
    await quick;
    const late = ['a', 'b'].map((text) => hasty.call({ text }).catch((error: unknown) => error));
    for (const error of await Promise.all(late)) {
      expect(error).to.be.instanceOf(StreamBrokenError);
      expect((error as Error).message).to.equal('no answer within 40 ms');
    }
    expect(performance.now() - startMs).to.be.within(39, 1_000);
    expect(stream().signal.aborted).to.equal(true);
    void hasty.call({ text: 'next' }).catch(() => undefined);
    await settle();
    expect(streams).to.have.lengthOf(2);
    hasty.reset('over');
  });

  for (const [what, failure] of [
    ['breaks', new Error('connection reset')],
    ['ends', undefined],
  ] as const) {
    it(`fails every call under way when the stream ${what}, and opens a new one for the next`, async () => {
      const calls = ['a', 'b'].map((text) => caller.call({ text }).catch((error: unknown) => error));
      await settle();
      stream().breakOff(failure);
      for (const error of await Promise.all(calls)) {
        expect(error).to.be.instanceOf(StreamBrokenError);
        expect((error as Error).message).to.equal(failure?.message ?? 'the stream was closed');
      }
      const next = caller.call({ text: 'c' });
      await settle();
      expect(streams).to.have.lengthOf(2);
      expect(
        stream(1)
          .received.flat()
          .map(({ text }) => text),
      ).to.deep.equal(['c']);
      stream(1).answer(idOf('c'));
      expect((await next).text).to.equal('yes');
    });
  }

  it('gives up what is under way when it is reset, and lets go of the stream', async () => {
    const call = caller.call({ text: 'a' }).catch((error: unknown) => error);
    await settle();
    caller.reset('replica 3 is down');
    expect(await call)
      .to.be.instanceOf(StreamBrokenError)
      .and.to.have.property('message', 'replica 3 is down');
    await settle();
    expect([stream().signal.aborted, stream().ended]).to.deep.equal([true, true]);
  });

  it('is not disturbed by the late end of a stream that it has given up', async () => {
    caller.call({ text: 'a' }).catch(() => undefined);
    await settle();
    caller.reset('timeout');
    const next = watch(caller.call({ text: 'b' }));
    await settle();
    stream(0).answer(1, 'too late');
    stream(0).breakOff(new Error('aborted'));
    await settle();
    expect(next.settled).to.equal(false);
    stream(1).answer(idOf('b'));
    await settle();
    expect(next.value?.text).to.equal('yes');
  });

  it('sends no more than may be under way', async () => {
    const calls = Array.from({ length: 6 }, (_, index) => caller.call({ text: `q${index}` }));
    const error: unknown = await caller.call({ text: 'one more' }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(StreamFullError);
    await settle();
    expect(stream().received.flat()).to.have.lengthOf(6);
    stream().answer(idOf('q0'));
    await calls[0];
    void caller.call({ text: 'one more' });
    await settle();
    expect(idOf('one more')).to.not.equal(undefined);
    expect(stream().received.map((frame) => frame.length)).to.deep.equal([4, 2, 1]);
  });
});

describe('batch server', () => {
  const questions = (...texts: string[]) => ({
    items: texts.map((text, index) => ({ requestId: index + 1, text })),
  });

  async function* streamOf<Item>(frames: readonly Item[], failure?: Error): AsyncGenerator<Item> {
    yield* frames;
    if (failure) {
      throw failure;
    }
  }

  async function answers(
    frames: AsyncIterable<Frame<Question>>,
    answer: (question: Question) => Answer | Promise<Answer>,
  ): Promise<string[][]> {
    const sent: string[][] = [];
    const framing = listFraming<Question>(10);
    for await (const frame of serveBatches(frames, framing, listFraming<Answer>(10), answer)) {
      sent.push(frame.items.map(({ requestId, text }) => `${requestId} ${text}`));
    }
    return sent;
  }

  it('answers a frame of questions with a frame of answers', async () => {
    const sent = await answers(streamOf([questions('a', 'b')]), ({ requestId, text }) => ({
      requestId,
      text: text.toUpperCase(),
    }));
    expect(sent).to.deep.equal([['1 A', '2 B']]);
  });

  it('does not let a slow answer hold up the others, and sends it before the stream ends', async () => {
    const sent = await answers(
      streamOf([questions('slow', 'quick'), questions('quick')]),
      async (question) => {
        for (let turn = 0; question.text === 'slow' && turn < 5; turn += 1) {
          await settle();
        }
        return question;
      },
    );
    expect(sent.flat()).to.deep.equal(['2 quick', '1 quick', '1 slow']);
  });

  it('ends its side when the stream of questions breaks', async () => {
    const sent = await answers(
      streamOf([questions('a')], new Error('connection reset')),
      (question) => question,
    );
    expect(sent.flat()).to.deep.equal(['1 a']);
  });

  it('frames single items one by one', async () => {
    const frames = streamOf([
      { requestId: 1, text: 'a' },
      { requestId: 2, text: 'b' },
    ]);
    const sent: Answer[] = [];
    const framing = singleFraming<Answer>();
    for await (const answer of serveBatches(
      frames,
      singleFraming<Question>(),
      framing,
      (question) => question,
    )) {
      sent.push(answer);
    }
    expect(sent.map(({ text }) => text)).to.deep.equal(['a', 'b']);
  });
});
