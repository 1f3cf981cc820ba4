// Requests and answers on one long-lived stream, many in a message. In Node a unary gRPC call costs ten times what a
// message on an open stream does, and a frame shared by many requests a fraction of that again.
import { ServerError } from 'nice-grpc';
import { refuseMalformed } from './malformed-message.js';
import { currentCallback, Outbox, wholeTurn } from './outbox.js';

/** Matches an answer to its request. */
interface Numbered {
  requestId: number;
}

/** How items travel in the messages of one RPC. */
export interface Framing<Item, Frame> {
  pack(items: Item[]): Frame;
  unpack(frame: Frame): readonly Item[];
  /** How many items a message may hold. */
  readonly maxItems: number;
}

/** The stream broke, or was given up, while an answer was awaited: the outcome is unknown. */
export class StreamBrokenError extends Error {}

/** More answers are awaited than the stream allows; the request was not sent. */
export class StreamFullError extends Error {}

async function* packed<Item, Frame>(
  outbox: Outbox<Item>,
  framing: Framing<Item, Frame>,
): AsyncGenerator<Frame> {
  for await (const items of outbox) {
    yield framing.pack(items);
  }
}

interface Waiting<Response> {
  readonly sentMs: number;
  resolve(response: Response): void;
  reject(error: Error): void;
}

export interface BatchCallerOptions<Request, Response, RequestFrame, ResponseFrame> {
  /** Opens the stream. */
  readonly open: (frames: AsyncIterable<RequestFrame>, signal: AbortSignal) => AsyncIterable<ResponseFrame>;
  readonly requests: Framing<Request, RequestFrame>;
  readonly responses: Framing<Response, ResponseFrame>;
  /** How many answers may be awaited at once. */
  readonly maxInFlight: number;
  /** How long an answer may take; then the stream is broken. Left out: as long as it likes. */
  readonly deadlineMs?: number;
}

/** The calling side of a batched stream. Opens the stream with the first call, and anew with the first after a break. */
export class BatchCaller<
  Request extends Numbered,
  Response extends Numbered,
  RequestFrame = unknown,
  ResponseFrame = unknown,
> {
  readonly #options: BatchCallerOptions<Request, Response, RequestFrame, ResponseFrame>;
  readonly #waiting = new Map<number, Waiting<Response>>();
  #outbox: Outbox<Request> | undefined;
  #abort = new AbortController();
  #lastRequestId = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BatchCallerOptions<Request, Response, RequestFrame, ResponseFrame>) {
    this.#options = options;
  }

  /**
   * Sends a request. It is the caller's own no more: its `requestId` is set here.
   * @throws StreamBrokenError, StreamFullError
   */
  call(request: Omit<Request, 'requestId'>): Promise<Response> {
    if (this.#waiting.size >= this.#options.maxInFlight) {
      return Promise.reject(new StreamFullError(`${this.#waiting.size} answers are awaited`));
    }
    const outbox = (this.#outbox ??= this.#connect());
    this.#lastRequestId = (this.#lastRequestId % 0xffff_ffff) + 1;
    const numbered = request as Request;
    numbered.requestId = this.#lastRequestId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(numbered.requestId, { sentMs: performance.now(), resolve, reject });
      this.#timer ??= this.#watch(this.#options.deadlineMs);
      outbox.push(numbered);
    });
  }

  /** Gives up what is under way; the next call opens a new stream. */
  reset(reason: string): void {
    this.#break(reason);
  }

  /** One timer for all calls: in the order of their sending they would run out. */
  #watch(ms: number | undefined): NodeJS.Timeout | undefined {
    return ms === undefined ? undefined : setTimeout(() => this.#breakIfLate(), ms);
  }

  #breakIfLate(): void {
    this.#timer = undefined;
    const { deadlineMs = Infinity } = this.#options;
    const [oldest] = this.#waiting.values();
    if (!oldest) {
      return;
    }
    const leftMs = oldest.sentMs + deadlineMs - performance.now();
    if (leftMs > 0) {
      this.#timer = this.#watch(leftMs);
    } else {
      this.#break(`no answer within ${deadlineMs} ms`);
    }
  }

  #connect(): Outbox<Request> {
    const outbox = new Outbox<Request>(this.#options.requests.maxItems, wholeTurn);
    const abort = new AbortController();
    this.#abort = abort;
    const frames = this.#options.open(packed(outbox, this.#options.requests), abort.signal);
    this.#receive(frames).then(
      () => outbox === this.#outbox && this.#break('the stream was closed'),
      (error: unknown) =>
        outbox === this.#outbox && this.#break(error instanceof Error ? error.message : String(error)),
    );
    return outbox;
  }

  async #receive(frames: AsyncIterable<ResponseFrame>): Promise<void> {
    for await (const frame of frames) {
      for (const response of this.#options.responses.unpack(frame)) {
        const waiting = this.#waiting.get(response.requestId);
        this.#waiting.delete(response.requestId);
        waiting?.resolve(response);
      }
    }
  }

  #break(reason: string): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#outbox?.close();
    this.#outbox = undefined;
    this.#abort.abort();
    waiting.forEach((call) => call.reject(new StreamBrokenError(reason)));
  }
}

/**
 * The answering side: hands each request of the stream to `answer` and sends the answers as they come.
 * @param answer must not reject; may answer at once or later, in any order
 */
export async function* serveBatches<
  Request extends Numbered,
  Response extends Numbered,
  RequestFrame,
  ResponseFrame,
>(
  frames: AsyncIterable<RequestFrame>,
  requests: Framing<Request, RequestFrame>,
  responses: Framing<Response, ResponseFrame>,
  answer: (request: Request) => Response | Promise<Response>,
): AsyncGenerator<ResponseFrame> {
  const outbox = new Outbox<Response>(responses.maxItems, currentCallback);
  const late = new Set<Promise<void>>();
  const read = async (): Promise<void> => {
    for await (const frame of frames) {
      refuseMalformed(frame);
      for (const request of requests.unpack(frame)) {
        const response = answer(request);
        if (response instanceof Promise) {
          const sent: Promise<void> = response.then((value) => {
            late.delete(sent);
            outbox.push(value);
          });
          late.add(sent);
        } else {
          outbox.push(response);
        }
      }
    }
    await Promise.all(late);
  };
  // When the caller ends its side, what it asked is still answered; when the stream breaks, nobody is left to listen.
  let failure: unknown;
  read().then(
    () => outbox.close(),
    (error: unknown) => {
      failure = error;
      outbox.close();
    },
  );
  yield* packed(outbox, responses);
  if (failure instanceof ServerError) {
    throw failure;
  }
}

/** Framing of the messages that are nothing but `repeated items`. */
export function listFraming<Item>(maxItems: number): Framing<Item, { items: Item[] }> {
  return { pack: (items) => ({ items }), unpack: (frame) => frame.items, maxItems };
}

/** Framing of RPCs whose message is a single item. */
export function singleFraming<Item>(): Framing<Item, Item> {
  return { pack: ([item]) => item as Item, unpack: (frame) => [frame], maxItems: 1 };
}
