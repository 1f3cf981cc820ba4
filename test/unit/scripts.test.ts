// The shell scripts, as far as they can be checked without what they are for.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const scripts = readdirSync('scripts', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.sh'))
  .map((name) => join('scripts', name));
/** Read by others, not run. */
const libraries = ['scripts/stock_command.sh', 'scripts/env_file.sh'];
/** Those that a person starts. */
const documented = ['backup', 'restore', 'ec2/install'].map((name) => `scripts/${name}.sh`);

describe('shell scripts', () => {
  it('are understood by the shell, and can be run', () => {
    for (const script of scripts) {
      const checked = spawnSync('bash', ['-n', script], { encoding: 'utf8' });
      expect([checked.stderr, checked.status], script).to.deep.equal(['', 0]);
      const isExecutable = (statSync(script).mode & 0o111) !== 0;
      expect(isExecutable, script).to.equal(!libraries.includes(script));
    }
  });

  it('have no complaint of shellcheck', function () {
    this.timeout(60_000);
    if (spawnSync('shellcheck', ['--version']).status !== 0) {
      console.log('    Skipped, because there is no shellcheck');
      this.skip();
    }
    const args = ['--external-sources', '--source-path=SCRIPTDIR', ...scripts];
    const { stdout, status } = spawnSync('shellcheck', args, { encoding: 'utf8' });
    expect([stdout, status]).to.deep.equal(['', 0]);
  });

  it('explain themselves, and end with 2 for wrong arguments', () => {
    for (const script of documented) {
      expect(execFileSync(script, ['--help'], { encoding: 'utf8' }), script).to.match(
        new RegExp(`^usage: ${script}[^]*Exit status: 0 `),
      );
      const { stderr, status } = spawnSync(script, ['1', '2', '3'], { encoding: 'utf8' });
      expect(stderr, script).to.match(/usage|--help/);
      expect(status, script).to.equal(2);
    }
  });

  it('install a unit that works without a registry, and stops in an orderly way', () => {
    const unit = readFileSync('scripts/ec2/stock-server.service', 'utf8');
    expect(unit).to.match(/^ExecStart=\/usr\/bin\/docker compose up --detach --no-build$/m);
    expect(unit).to.match(/^ExecStop=\/usr\/bin\/docker compose stop$/m);
    expect(unit).to.match(/^WantedBy=multi-user\.target$/m);
  });

  it('are what user data for an instance runs', () => {
    const userData = readFileSync('scripts/ec2/cloud-init.yaml', 'utf8');
    expect(userData).to.match(/^#cloud-config\n/);
    expect(userData).to.match(/\/opt\/stock-server\/scripts\/ec2\/install\.sh\n$/);
  });
});
