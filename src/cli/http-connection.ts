import { Agent, request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Path with its names already percent-encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * One keep-alive connection. Requests are meant to follow each other; a second one that starts early waits for the
 * first. If the server closes the connection, the next request opens a new one, which `connectionsOpened` shows.
 */
export class HttpConnection {
  readonly #host: URL;
  readonly #timeoutMs: number;
  readonly #agent: Agent;
  #connectionsOpened = 0;
  #lastSocket: Socket | undefined;

  /**
   * @param host where the server is; http or https
   * @param timeoutMs how long one request may take from its start to the last byte of the answer
   */
  constructor(host: URL, timeoutMs: number) {
    this.#host = host;
    this.#timeoutMs = timeoutMs;
    const options = { keepAlive: true, maxSockets: 1 };
    this.#agent = host.protocol === 'https:' ? new TlsAgent(options) : new Agent(options);
  }

  /** How many connections it took so far: 1, unless the server closed one. */
  get connectionsOpened(): number {
    return this.#connectionsOpened;
  }

  /** @throws Error when there is no complete answer, whatever the reason; an answer of any status is no error. */
  send({ method, path, headers, body }: HttpRequest): Promise<HttpAnswer> {
    const { promise, resolve, reject } = newDeferred<HttpAnswer>();
    const options: RequestOptions = { method, agent: this.#agent, headers: { ...headers } };
    const open = this.#host.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = open(new URL(path, this.#host), options, (response) => {
      text(response).then(
        (content) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: content }),
        reject,
      );
    });
    // For the whole exchange: an idle timeout of the socket would wait for ever on an answer that trickles.
    const deadline = setTimeout(() => {
      request.destroy(new Error(`no complete answer within ${this.#timeoutMs} ms`));
    }, this.#timeoutMs);
    request.on('socket', (socket) => {
      // `request.reusedSocket` would not do: it stays false for a request that waited for the socket.
      this.#connectionsOpened += socket === this.#lastSocket ? 0 : 1;
      this.#lastSocket = socket;
    });
    request.on('error', reject);
    request.end(body);
    return promise.finally(() => clearTimeout(deadline));
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function newDeferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  return { promise, resolve, reject };
}
