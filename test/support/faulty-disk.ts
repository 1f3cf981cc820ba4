import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';

interface Methods {
  write(this: FileHandle, bytes: Buffer, offset: number, length: number, position: number): Promise<unknown>;
  datasync(this: FileHandle): Promise<void>;
  truncate(this: FileHandle, length?: number): Promise<void>;
}

const noRoom = () => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
const broken = () => Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });

/** Gets between our files and the disk. To be called in a suite; afterwards the disk works as ever. */
export class FaultyDisk {
  /** What the files asked of the disk, in order. */
  readonly calls: string[] = [];
  /** How many more bytes fit. */
  roomBytes = Infinity;
  failsToSync = false;
  failsToTruncate = false;
  /** What the next write waits for when it is in the file, but not durable; and the next truncation. */
  syncGate: Promise<void> = Promise.resolve();
  truncateGate: Promise<void> = Promise.resolve();

  static use(): () => FaultyDisk {
    let disk = new FaultyDisk();
    let methods: Methods;
    let original: Methods;
    beforeEach(async () => {
      const handle = await open(tmpdir(), 'r');
      methods = Object.getPrototypeOf(handle) as Methods;
      await handle.close();
      const { write, datasync, truncate } = methods;
      original = { write, datasync, truncate };
      disk = new FaultyDisk();
      disk.#takeOver(methods, original);
    });
    afterEach(() => {
      Object.assign(methods, original);
    });
    return () => disk;
  }

  #takeOver(methods: Methods, original: Methods): void {
    const { calls } = this;
    const state = () => this;
    async function write(this: FileHandle, bytes: Buffer, offset: number, length: number, position: number) {
      const disk = state();
      if (disk.roomBytes === 0) {
        calls.push('no room');
        throw noRoom();
      }
      const fitting = Math.min(length, disk.roomBytes);
      disk.roomBytes -= fitting;
      calls.push(`write ${fitting}`);
      const result = await original.write.call(this, bytes, offset, fitting, position);
      await disk.syncGate;
      if (disk.failsToSync) {
        throw broken();
      }
      return result;
    }
    async function datasync(this: FileHandle) {
      calls.push('sync');
      return original.datasync.call(this);
    }
    async function truncate(this: FileHandle, length?: number) {
      const disk = state();
      calls.push(`cut to ${length}`);
      await disk.truncateGate;
      if (disk.failsToTruncate) {
        throw broken();
      }
      return original.truncate.call(this, length);
    }
    Object.assign(methods, { write, datasync, truncate } satisfies Methods);
  }
}
