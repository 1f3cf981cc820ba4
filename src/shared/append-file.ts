// A file that only grows, and whose growth is durable when the promise of an append resolves.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failpoint } from './failpoint.js';

/** The disk has no room; what was written of the append has been undone. */
export class DiskFullError extends Error {}

/** Told after each write how long it took until it was durable, and what was written. */
export type OnWritten = (tookMs: number, bytes: Buffer) => void;

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
  readonly #onWritten: OnWritten;
  #sizeBytes: number;
  #queue: Append[] = [];
  #flushing: Promise<void> | undefined;

  private constructor(
    handle: DurableFile,
    sizeBytes: number,
    onFailure: (error: Error) => void,
    onWritten: OnWritten,
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
   */
  static async open(
    path: string,
    sizeBytes: number,
    onFailure: (error: Error) => void,
    onWritten?: OnWritten,
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
    onWritten: OnWritten = () => undefined,
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

  /**
   * Tries whether an append would find room, and leaves the file as it was. A crash in between leaves a line without its
   * end, as that of an append does.
   * @throws DiskFullError it would not
   */
  async tryRoom(bytes: number): Promise<void> {
    while (this.#flushing) {
      await this.#flushing;
    }
    const trial = this.#tryRoom(Buffer.alloc(bytes, 'x'));
    this.#flushing = trial.catch(() => undefined).then(() => this.#flush());
    return trial;
  }

  /** Waits for the appends under way and closes the file. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.#handle.close();
  }

  async #tryRoom(bytes: Buffer): Promise<void> {
    try {
      await this.#writeAll(bytes);
    } catch (error) {
      if (isNoRoom(error)) {
        await this.#undo(error as Error);
        throw new DiskFullError((error as Error).message, { cause: error });
      }
      this.#onFailure(error as Error);
      return;
    }
    await this.#undo(new Error('what was tried cannot be undone'));
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
    await this.#writeAll(bytes);
    failpoint('file.append.durable');
    this.#onWritten(performance.now() - startMs, bytes);
    this.#sizeBytes += bytes.length;
  }

  async #writeAll(bytes: Buffer): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      const result = await this.#handle.write(
        bytes,
        written,
        bytes.length - written,
        this.#sizeBytes + written,
      );
      written += result.bytesWritten;
    }
  }

  /** Undoes a write that found no room. Whatever was queued behind it may build on it, so it fails with it. */
  async #fail(group: readonly Append[], error: unknown): Promise<void> {
    const cause = error instanceof Error ? error : new Error(String(error));
    if (!isNoRoom(error)) {
      this.#onFailure(cause);
      return;
    }
    if (!(await this.#undo(cause))) {
      return;
    }
    [...group, ...this.#queue.splice(0)].forEach((append) =>
      append.reject(new DiskFullError(cause.message, { cause })),
    );
  }

  /** Cuts off what was written since the last append that succeeded. False: that failed, and the process is to stop. */
  async #undo(cause: Error): Promise<boolean> {
    try {
      failpoint('file.append.undoing');
      await this.#handle.truncate(this.#sizeBytes);
      await this.#handle.datasync();
      failpoint('file.append.undone');
      return true;
    } catch (error) {
      this.#onFailure(error instanceof Error ? error : cause);
      return false;
    }
  }
}
