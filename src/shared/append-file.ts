// A file that only grows, and whose growth is durable when the promise of an append resolves.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failpoint } from './failpoint.js';

/** The disk has no room; what was written of the append has been undone. */
export class DiskFullError extends Error {}

interface Append {
  readonly data: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const noRoomCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

const isNoRoom = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && noRoomCodes.has(String(error.code));

/** One piece is the rule, and need not be copied. */
function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}

/** Makes the names in a directory durable: created, renamed and removed files. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What is needed of an open file. A write is durable when it resolves; a truncation is after a sync. */
export type DurableFile = Pick<FileHandle, 'truncate' | 'sync' | 'datasync' | 'close'> & {
  write(bytes: Buffer, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
};

/**
 * Opens a file for durable writes. Linux can be told to sync within each write, which spares a call that costs as much
 * as the write; elsewhere the flag promises less than a sync, or is missing.
 */
export async function openDurable(
  path: string,
  syncsWithin = process.platform === 'linux',
): Promise<DurableFile> {
  const handle = await open(
    path,
    constants.O_RDWR | constants.O_CREAT | (syncsWithin ? constants.O_DSYNC : 0),
  );
  if (syncsWithin) {
    return handle;
  }
  return {
    truncate: (bytes) => handle.truncate(bytes),
    sync: () => handle.sync(),
    datasync: () => handle.datasync(),
    close: () => handle.close(),
    async write(bytes, offset, length, position) {
      const result = await handle.write(bytes, offset, length, position);
      await handle.datasync();
      return result;
    },
  };
}

export class AppendFile {
  readonly #handle: DurableFile;
  readonly #onFailure: (error: Error) => void;
  readonly #onWritten: (tookMs: number) => void;
  #sizeBytes: number;
  #queue: Append[] = [];
  #flushing: Promise<void> | undefined;

  private constructor(
    handle: DurableFile,
    sizeBytes: number,
    onFailure: (error: Error) => void,
    onWritten: (tookMs: number) => void,
  ) {
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
    this.#onFailure = onFailure;
    this.#onWritten = onWritten;
  }

  /**
   * Opens the file, creating it if need be, and cuts it to `sizeBytes`: the part that was found intact. That part is
   * made durable too: whoever read it may tell others about it.
   * @param onFailure called when the disk fails in another way than being full. What is on the disk is unknown then,
   *   and the process must stop.
   * @param onWritten told after each write, and how long it took until it was durable
   */
  static async open(
    path: string,
    sizeBytes: number,
    onFailure: (error: Error) => void,
    onWritten?: (tookMs: number) => void,
  ): Promise<AppendFile> {
    const file = await AppendFile.start(await openDurable(path), sizeBytes, onFailure, onWritten);
    await syncDirectory(dirname(path));
    return file;
  }

  /** The same for a file that is open already, and whose name is durable. */
  static async start(
    handle: DurableFile,
    sizeBytes: number,
    onFailure: (error: Error) => void,
    onWritten: (tookMs: number) => void = () => undefined,
  ): Promise<AppendFile> {
    await handle.truncate(sizeBytes);
    await handle.sync();
    return new AppendFile(handle, sizeBytes, onFailure, onWritten);
  }

  /**
   * Appends `data`. Appends that arrive while the disk is busy share one write and one sync.
   * @returns when it is durable
   * @throws DiskFullError nothing of it is in the file; appends queued behind it fail with it
   */
  append(data: string | Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ data: typeof data === 'string' ? Buffer.from(data) : data, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Waits for the appends under way and closes the file. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      try {
        await this.#write(joined(group.map((append) => append.data)));
        group.forEach((append) => append.resolve());
      } catch (error) {
        await this.#fail(group, error);
      }
    }
    this.#flushing = undefined;
  }

  async #write(bytes: Buffer): Promise<void> {
    failpoint('file.append.writing');
    const startMs = performance.now();
    for (let written = 0; written < bytes.length;) {
      const result = await this.#handle.write(
        bytes,
        written,
        bytes.length - written,
        this.#sizeBytes + written,
      );
      written += result.bytesWritten;
    }
    failpoint('file.append.durable');
    this.#onWritten(performance.now() - startMs);
    this.#sizeBytes += bytes.length;
  }

  /** Undoes a write that found no room. Whatever was queued behind it may build on it, so it fails with it. */
  async #fail(group: readonly Append[], error: unknown): Promise<void> {
    const cause = error instanceof Error ? error : new Error(String(error));
    if (!isNoRoom(error)) {
      this.#onFailure(cause);
      return;
    }
    try {
      failpoint('file.append.undoing');
      await this.#handle.truncate(this.#sizeBytes);
      await this.#handle.datasync();
      failpoint('file.append.undone');
    } catch (truncateError) {
      this.#onFailure(truncateError instanceof Error ? truncateError : cause);
      return;
    }
    [...group, ...this.#queue.splice(0)].forEach((append) =>
      append.reject(new DiskFullError(cause.message, { cause })),
    );
  }
}
