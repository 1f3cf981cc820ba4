// .env as the shell scripts read it, on a machine where there may be no Node.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { useTemporaryDirectory } from '../support/temporary-directory.js';

describe('.env in shell scripts', () => {
  const directory = useTemporaryDirectory();
  const path = () => join(directory(), '.env');
  const library = join(process.cwd(), 'scripts/env_file.sh');

  function run(command: string): { stdout: string; stderr: string; status: number | null } {
    const script = `set -euo pipefail; . "$1"; ${command}`;
    const { stdout, stderr, status } = spawnSync('bash', ['-c', script, 'bash', library], {
      encoding: 'utf8',
      cwd: directory(),
    });
    return { stdout, stderr, status };
  }

  const port = 'env_file_value FRONTEND_PORT .env';

  for (const [what, text] of [
    ['nothing else', 'FRONTEND_PORT=9000'],
    ['a byte order mark', '\uFEFFFRONTEND_PORT=9000\n'],
    ['the line ends of Windows', 'X=1\r\nFRONTEND_PORT=9000\r\nY=2\r\n'],
    ['quotes', 'FRONTEND_PORT="9000"\n'],
    ['other quotes, and a comment', "FRONTEND_PORT='9000' # ours\n"],
    ['an export', 'export FRONTEND_PORT=9000\n'],
    ['spaces', '  FRONTEND_PORT = 9000  # ours\n'],
    ['one before it, which the last one replaces', 'FRONTEND_PORT=8000\nFRONTEND_PORT=9000\n'],
    [
      'names that are longer',
      'MY_FRONTEND_PORT=1\nFRONTEND_PORT=9000\nFRONTEND_PORT_2=1\n#FRONTEND_PORT=1\n',
    ],
  ] as const) {
    it(`is read through ${what}`, () => {
      writeFileSync(path(), text);
      expect(run(port)).to.deep.equal({ stdout: '9000', stderr: '', status: 0 });
    });
  }

  it('has no value for what it does not set, and need not be there', () => {
    expect(run(`${port} || echo none`)).to.deep.equal({ stdout: 'none\n', stderr: '', status: 0 });
    writeFileSync(path(), '#FRONTEND_PORT=9000\n');
    expect(run(`${port} || echo none`).stdout).to.equal('none\n');
    writeFileSync(path(), 'FRONTEND_PORT= # the usual one\n');
    expect(run(port)).to.deep.equal({ stdout: '', stderr: '', status: 0 });
  });

  it('is refused where no line of it can be believed', () => {
    writeFileSync(path(), '\uFEFFFRONTEND_PORT=9000\n', 'utf16le');
    expect(run(`env_file_check .env; ${port}`)).to.deep.equal({
      stdout: '',
      stderr: '.env is not UTF-8 (it looks like UTF-16): save it as UTF-8\n',
      status: 2,
    });
  });

  it('is refused as a directory', () => {
    mkdirSync(path());
    expect(run(`env_file_check .env; ${port}`)).to.deep.equal({
      stdout: '',
      stderr: '.env cannot be read: make it a readable file, or remove it\n',
      status: 2,
    });
  });

  it('takes one more setting on a line of its own', () => {
    const add = 'env_file_add CONTAINER_USER=1000:1000 .env';
    expect(run(add).status).to.equal(0);
    expect(readFileSync(path(), 'utf8')).to.equal('CONTAINER_USER=1000:1000\n');
    writeFileSync(path(), 'FRONTEND_PORT=80');
    expect(run(add).status).to.equal(0);
    expect(readFileSync(path(), 'utf8')).to.equal('FRONTEND_PORT=80\nCONTAINER_USER=1000:1000\n');
  });

  describe('of scripts/simulate_crashes.sh', () => {
    /** Nothing runs there: it says where it looked. */
    function simulate(text: string): { stderr: string; status: number | null } {
      cpSync('scripts', join(directory(), 'scripts'), { recursive: true });
      writeFileSync(path(), text);
      const { stderr, status } = spawnSync(join(directory(), 'scripts/simulate_crashes.sh'), ['1'], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH },
      });
      return { stderr, status };
    }

    it('names the port, whatever editor wrote it', () => {
      const { stderr, status } = simulate('\uFEFFexport FRONTEND_PORT="1" # nobody listens there\r\n');
      expect(stderr).to.match(/^Nothing answers at http:\/\/127\.0\.0\.1:1: /);
      expect(status).to.equal(1);
    });

    it('is not guessed at where it is UTF-16', () => {
      const { stderr, status } = simulate('F\0R\0');
      expect(stderr).to.equal('.env is not UTF-8 (it looks like UTF-16): save it as UTF-8\n');
      expect(status).to.equal(2);
    });
  });
});
