import { Agent, request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; undefined if it is no JSON. */
  readonly json: unknown;
}

export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An HTTP client with at most `connections` kept-alive connections. */
export class HttpClient {
  readonly #url: string;
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  /** @param timeoutMs how long an answer may keep silent; then the connection is broken off */
  constructor(url: string, connections = 1, timeoutMs = 15_000) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Sends a request, path as it is, and reads the whole answer. */
  send({ method = 'GET', path, headers = {}, body }: Call): Promise<Answer> {
    const { hostname, port } = new URL(this.#url);
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const call = request(
        { hostname, port, method, path, agent: this.#agent, headers, timeout: this.#timeoutMs },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const received = Buffer.concat(chunks).toString();
            const { statusCode: status = 0, headers: answerHeaders } = response;
            resolve({ status, headers: answerHeaders, text: received, json: parse(received) });
          });
        },
      );
      call.on('timeout', () => call.destroy(new Error(`no answer to ${method} ${path}`)));
      call.on('error', reject);
      call.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
