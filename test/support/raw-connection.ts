// HTTP by hand on one socket: what no client library would send, and whether the connection survives it.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
}

const headEnd = '\r\n\r\n';
const bodylessStatuses = new Set([204, 304]);

function parseHead(received: Buffer): Head | undefined {
  const end = received.indexOf(headEnd);
  if (end === -1) {
    return undefined;
  }
  const [statusLine = '', ...lines] = received.toString('latin1', 0, end).split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const status = Number(statusLine.split(' ')[1]);
  return { status, headers: Object.fromEntries(headers), bytes: end + headEnd.length };
}

/** A request as bytes; with a body it gets the right Content-Length unless `headers` brings its own. */
export function rawRequest(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
): Buffer {
  const bytes = Buffer.from(body);
  const own = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const length = bytes.length > 0 && !own.has('content-length') && !own.has('transfer-encoding');
  const all = { Host: 'localhost', ...(length && { 'Content-Length': String(bytes.length) }), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), bytes]);
}

export class RawConnection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #closed = false;
  #changed = new AbortController();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#notify();
    });
    socket.on('error', () => undefined);
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
  }

  static async open(port: number | string): Promise<RawConnection> {
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Whether the server has closed it, or we have. */
  get closed(): boolean {
    return this.#closed;
  }

  send(bytes: string | Buffer): this {
    this.#socket.write(bytes);
    return this;
  }

  /** Takes nothing from now on: what comes stays with the sender, once the kernel's buffers are full. */
  pauseReading(): this {
    this.#socket.pause();
    return this;
  }

  /** Sends no more, and still listens. */
  endSending(): this {
    this.#socket.end();
    return this;
  }

  /**
   * The next answer.
   * @param options `bodyless`: it is one to HEAD
   * @throws none came, or not all of it
   */
  async answer({ bodyless = false, withinMs = 8_000 } = {}): Promise<RawAnswer> {
    const endMs = performance.now() + withinMs;
    for (;;) {
      const head = parseHead(this.#received);
      if (head && head.status < 200) {
        this.#take(head.bytes);
        continue;
      }
      const bytes = head && (bodyless || bodylessStatuses.has(head.status) ? 0 : this.#bodyBytes(head));
      if (head && bytes !== undefined && this.#received.length >= head.bytes + bytes) {
        this.#take(head.bytes);
        return { status: head.status, headers: head.headers, text: this.#take(bytes).toString() };
      }
      if (this.#closed || performance.now() > endMs) {
        throw new Error(
          `no answer (closed: ${this.#closed}), received: ${this.#received.toString().slice(0, 500)}`,
        );
      }
      await this.#change(endMs);
    }
  }

  /** Resolves when the server has closed it; false if it has not in time. */
  async closes(withinMs = 2_000): Promise<boolean> {
    const endMs = performance.now() + withinMs;
    while (!this.#closed && performance.now() < endMs) {
      await this.#change(endMs);
    }
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  /** How long the body is; undefined as long as that is not known. A body in chunks is handed out as it came. */
  #bodyBytes({ headers, bytes }: Head): number | undefined {
    if (headers['content-length'] !== undefined) {
      return Number(headers['content-length']);
    }
    const lastChunk = this.#received.indexOf('0\r\n\r\n', bytes);
    if (headers['transfer-encoding'] === 'chunked' && lastChunk !== -1) {
      return lastChunk + 5 - bytes;
    }
    return this.#closed ? this.#received.length - bytes : undefined;
  }

  #take(bytes: number): Buffer {
    const taken = this.#received.subarray(0, bytes);
    this.#received = this.#received.subarray(bytes);
    return taken;
  }

  #end(): void {
    this.#closed = true;
    this.#notify();
  }

  #notify(): void {
    this.#changed.abort();
    this.#changed = new AbortController();
  }

  async #change(endMs: number): Promise<void> {
    const { signal } = this.#changed;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, endMs - performance.now()));
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
