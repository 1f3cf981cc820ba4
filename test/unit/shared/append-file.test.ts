import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { AppendFile, DiskFullError, openDurable } from '../../../src/shared/append-file.js';
import { FaultyDisk } from '../../support/faulty-disk.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';
import { settle, watch } from '../../support/virtual-clock.js';

describe('append file', () => {
  const directory = useTemporaryDirectory();
  const disk = FaultyDisk.use();
  let path: string;
  let file: AppendFile;
  let failures: Error[];
  beforeEach(async () => {
    path = join(directory(), 'some.csv');
    failures = [];
    file = await AppendFile.open(path, 0, (error) => failures.push(error));
    disk().calls.length = 0;
  });
  afterEach(() => file.close());

  const content = () => readFile(path, 'utf8');

  it('holds what was appended, in the order of the calls', async () => {
    await Promise.all(['a', 'b', 'c'].map((line) => file.append(`${line}\n`)));
    await file.append('d\n');
    expect(await content()).to.equal('a\nb\nc\nd\n');
  });

  it('says that something is appended only after it has been synced', async () => {
    let open = (): void => undefined;
    disk().syncGate = new Promise((resolve) => (open = resolve));
    const appended = watch(file.append('a\n'));
    while ((await content()) !== 'a\n') {
      await settle();
    }
    expect(appended.settled).to.equal(false);
    open();
    while (!appended.settled) {
      await settle();
    }
    expect(disk().calls).to.deep.equal(['write 2']);
  });

  it('takes an append that follows at once on another', async () => {
    for (const line of ['a', 'b', 'c']) {
      await file.append(`${line}\n`);
    }
    expect(await content()).to.equal('a\nb\nc\n');
  });

  it('lets all that arrive while the disk is busy share one write', async () => {
    const first = file.append('1\n');
    const others = Array.from({ length: 50 }, (_, index) => file.append(`${index + 2}\n`));
    await Promise.all([first, ...others]);
    expect(disk().calls).to.deep.equal(['write 2', 'write 142']);
    expect(await content()).to.equal(Array.from({ length: 51 }, (_, index) => `${index + 1}\n`).join(''));
  });

  it('goes on with the rest when the disk takes only a part of a write', async () => {
    const methods = disk();
    methods.roomBytes = 3;
    const appended = file.append('abcdef\n').catch((error: unknown) => error);
    expect(await appended).to.be.instanceOf(DiskFullError);
    expect(methods.calls).to.deep.equal(['write 3', 'no room', 'cut to 0', 'sync']);
  });

  it('can be tried for room, and is left as it was', async () => {
    await file.append('kept\n');
    disk().calls.length = 0;
    await file.tryRoom(100);
    expect(disk().calls).to.deep.equal(['write 100', 'cut to 5', 'sync']);
    disk().roomBytes = 99;
    const trial = await file.tryRoom(100).catch((error: unknown) => error);
    expect(trial).to.be.instanceOf(DiskFullError);
    expect(await content()).to.equal('kept\n');
    disk().roomBytes = Infinity;
    await Promise.all([file.append('a\n'), file.tryRoom(10), file.append('b\n'), file.tryRoom(10)]);
    await file.append('c\n');
    expect(await content()).to.equal('kept\na\nb\nc\n');
    expect(failures).to.deep.equal([]);
  });

  it('stops the process when what was tried cannot be undone', async () => {
    disk().failsToTruncate = true;
    await file.tryRoom(10);
    expect(failures.map(String)).to.deep.equal(['Error: EIO: i/o error']);
    disk().failsToTruncate = false;
  });

  it('undoes a write for which there is no room, and works again when there is', async () => {
    await file.append('kept\n');
    disk().roomBytes = 4;
    const outcomes = await Promise.allSettled([file.append('too long\n'), file.append('behind it\n')]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect(
      (outcomes as PromiseRejectedResult[]).map(({ reason }) => reason instanceof DiskFullError),
    ).to.deep.equal([true, true]);
    expect(await content()).to.equal('kept\n');
    expect(failures).to.deep.equal([]);
    disk().roomBytes = Infinity;
    await file.append('later\n');
    expect(await content()).to.equal('kept\nlater\n');
  });

  it('fails what arrives while a write is being undone, too: it may build on what is not there', async () => {
    let open = (): void => undefined;
    disk().truncateGate = new Promise((resolve) => (open = resolve));
    disk().roomBytes = 3;
    const first = file.append('too long\n').catch((error: unknown) => error);
    while (!disk().calls.includes('cut to 0')) {
      await settle();
    }
    disk().roomBytes = Infinity;
    const second = file.append('short\n').catch((error: unknown) => error);
    open();
    expect(await first).to.be.instanceOf(DiskFullError);
    expect(await second).to.be.instanceOf(DiskFullError);
    expect(await content()).to.equal('');
  });

  it('stops at any other failure of the disk, and leaves it open what was written', async () => {
    disk().failsToSync = true;
    const appended = watch(file.append('a\n'));
    while (failures.length === 0) {
      await settle();
    }
    expect(failures[0]).to.match(/EIO/);
    expect(appended.settled).to.equal(false);
  });

  it('stops when the part of a write that fitted cannot be undone', async () => {
    disk().roomBytes = 1;
    disk().failsToTruncate = true;
    const appended = watch(file.append('ab\n'));
    while (failures.length === 0) {
      await settle();
    }
    expect(failures[0]).to.match(/EIO/);
    expect(appended.settled).to.equal(false);
  });

  it('cuts a file to the part that was found intact, and appends there', async () => {
    await writeFile(path, 'intact\ntorn');
    const reopened = await AppendFile.open(path, 'intact\n'.length, (error) => failures.push(error));
    expect(await content()).to.equal('intact\n');
    await reopened.append('new\n');
    await reopened.close();
    expect(await content()).to.equal('intact\nnew\n');
  });

  it('finishes the appends under way before it closes', async () => {
    const other = join(directory(), 'other.csv');
    const closing = await AppendFile.open(other, 0, (error) => failures.push(error));
    const appended = [closing.append('a\n'), closing.append('b\n')];
    await closing.close();
    await Promise.all(appended);
    expect(await readFile(other, 'utf8')).to.equal('a\nb\n');
  });

  it('syncs after each write where a write cannot be told to', async () => {
    const handle = await openDurable(path, false);
    const plain = await AppendFile.start(handle, 0, (error) => failures.push(error));
    disk().calls.length = 0;
    await plain.append('a\n');
    expect(disk().calls).to.deep.equal(['write 2', 'sync']);
    await plain.close();
  });
});
