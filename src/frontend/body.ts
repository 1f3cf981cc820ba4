// The body of a request, as text. What nearly all clients send, a short body of a known length, is put together here;
// compressed and chunked ones, and whatever is wrong with the rest, are the library's.
import type { IncomingMessage } from 'node:http';
import coBody from 'co-body';
import { code } from '../shared/answer-codes.js';
import { ApiError } from './api-error.js';

/** Largest body of a request, unpacked. */
const maxBodyBytes = 16 * 1024;

const byteOrderMark = 0xfeff;

function unreadable(error: unknown): ApiError {
  const { status, message } = error as Error & { status?: number };
  return new ApiError(status ?? code.badRequest, `the body cannot be read: ${message}`, { cause: error });
}

function isPlain({ headers }: IncomingMessage): boolean {
  const bytes = Number(headers['content-length']);
  return bytes <= maxBodyBytes && headers['content-encoding'] === undefined;
}

/** The parser holds the body to its Content-Length. If the client goes away before its end, nobody waits any more. */
function readPlain(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      resolve(bytes.toString());
    });
  });
}

/**
 * Reads a JSON body, whatever its content type says: people use bare `curl -d`.
 * @throws ApiError 400 not JSON, 413 too large, 415 an unknown Content-Encoding
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  try {
    const text = isPlain(request)
      ? await readPlain(request)
      : ((await coBody.text(request, { limit: maxBodyBytes })) as string);
    return JSON.parse(text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text);
  } catch (error) {
    // A decompressor that has failed reads no more, and would keep the rest of the body from being dropped.
    request.unpipe();
    throw unreadable(error);
  }
}
