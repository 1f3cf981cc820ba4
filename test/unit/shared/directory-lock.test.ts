import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { lockDirectory } from '../../../src/shared/directory-lock.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const moduleUrl = new URL('../../../src/shared/directory-lock.js', import.meta.url).href;

/** Another process that takes the directory, says so, and stays. */
async function holder(directory: string, path = process.env.PATH ?? ''): Promise<ChildProcess> {
  const script = `
    import { lockDirectory } from '${moduleUrl}';
    const release = await lockDirectory(${JSON.stringify(directory)}, () => process.exit(3));
    console.log(release ? 'locked' : 'taken');
    if (release) setInterval(() => undefined, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString().trim()).to.equal('locked');
  return child;
}

const fail = (error: Error): void => {
  throw error;
};

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

describe('a locked directory', function () {
  this.timeout(20_000);
  const directory = useTemporaryDirectory();

  it('lets nobody else in, and the next one as soon as it is given back', async () => {
    const release = await lockDirectory(directory(), fail);
    expect(await lockDirectory(directory(), fail)).to.equal(undefined);
    await release?.();
    const next = await lockDirectory(directory(), fail);
    expect(next).not.to.equal(undefined);
    await next?.();
  });

  it('is free at once when the process that holds it is killed', async () => {
    const child = await holder(directory());
    expect(await lockDirectory(directory(), fail)).to.equal(undefined);
    await end(child, 'SIGKILL');
    const startMs = performance.now();
    const release = await lockDirectory(directory(), fail);
    expect(release).not.to.equal(undefined);
    expect(performance.now() - startMs, 'ms; a stale lock would take 2,000').to.be.below(1_000);
    await release?.();
  });

  it('stays locked when a child of its process goes on without it', async () => {
    const release = await lockDirectory(directory(), fail);
    const child = spawn('sleep', ['30']);
    await release?.();
    const next = await lockDirectory(directory(), fail);
    expect(next, 'the child has not inherited the lock').not.to.equal(undefined);
    await next?.();
    await end(child, 'SIGKILL');
  });

  it('is locked without the flock program too, and free 2 s after its process was killed', async () => {
    const child = await holder(directory(), '/nonexistent');
    const { PATH } = process.env;
    process.env.PATH = '/nonexistent';
    try {
      expect(await lockDirectory(directory(), fail)).to.equal(undefined);
      await end(child, 'SIGKILL');
      const release = await lockDirectory(directory(), fail);
      expect(release).not.to.equal(undefined);
      await release?.();
    } finally {
      process.env.PATH = PATH;
    }
  });
});
