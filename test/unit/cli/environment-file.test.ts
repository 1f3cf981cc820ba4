// The file .env as editors, other systems and people in a hurry leave it.
import { chmodSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isKnownName, loadEnvironmentFile } from '../../../src/cli/environment-file.js';
import { ConfigError } from '../../../src/shared/config.js';
import { runStock } from '../../support/command-line.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const key = 'desk:0123456789abcdef';

describe('.env', () => {
  const directory = useTemporaryDirectory();
  const path = () => join(directory(), '.env');
  const write = (text: string, encoding: BufferEncoding = 'utf8') => writeFileSync(path(), text, encoding);

  /** What the environment is after the file was read into it, and what is warned of. */
  function load(environment: Record<string, string> = {}): [Record<string, string>, string[]] {
    const warnings = loadEnvironmentFile(path(), environment);
    return [environment, warnings];
  }

  function expectRefusal(why: string, separator = ''): void {
    expect(() => load())
      .to.throw(ConfigError, `${path()}${separator} ${why}`)
      .with.property('message')
      .that.does.not.include('0123456789abcdef');
  }

  it('need not be there', () => {
    expect(load()).to.deep.equal([{}, []]);
  });

  it('yields to the environment', () => {
    write(`API_KEYS=${key}\nCACHE_SIZE=7\n`);
    expect(load({ CACHE_SIZE: '9' })).to.deep.equal([{ API_KEYS: key, CACHE_SIZE: '9' }, []]);
  });

  for (const [what, text] of [
    ['a byte order mark', `\uFEFFAPI_KEYS=${key}\nCACHE_SIZE=7\n`],
    ['the line ends of Windows', `API_KEYS=${key}\r\nCACHE_SIZE=7\r\n`],
    ['quotes, spaces and exports', `export API_KEYS="${key}"\n  CACHE_SIZE = '7' # stocks\n`],
    ['comments and empty lines', `# settings\n\n \t\nAPI_KEYS=${key}\n#CACHE_SIZE=3\nCACHE_SIZE=7`],
    ['an empty value', `API_KEYS=${key}\nCACHE_SIZE=7\nLOG_LEVEL=\n`],
  ] as const) {
    it(`is read through ${what}`, () => {
      write(text);
      const [environment, warnings] = load();
      expect(environment).to.include({ API_KEYS: key, CACHE_SIZE: '7' });
      expect(warnings).to.deep.equal([]);
    });
  }

  it('may have a value of several lines in quotes', () => {
    write(`API_KEYS="\n${key}\n"\nCACHE_SIZE=7\n`);
    expect(load()[0]).to.deep.equal({ API_KEYS: `\n${key}\n`, CACHE_SIZE: '7' });
  });

  for (const [what, bytes] of [
    ['from Windows', Buffer.from(`\uFEFFAPI_KEYS=${key}\r\n`, 'utf16le')],
    ['with the other order of bytes', Buffer.from(`\uFEFFAPI_KEYS=${key}\n`, 'utf16le').swap16()],
    ['without a mark', Buffer.from(`API_KEYS=${key}\n`, 'utf16le')],
  ] as const) {
    it(`is refused as UTF-16 ${what}`, () => {
      writeFileSync(path(), bytes);
      expectRefusal('is not UTF-8 (it looks like UTF-16): save it as UTF-8');
    });
  }

  it('is refused in an encoding of one byte for each letter', () => {
    write(`# für alle\nAPI_KEYS=${key}\n`, 'latin1');
    expectRefusal('is not UTF-8: save it as UTF-8');
  });

  for (const [what, text, line] of [
    ['has no =', `LOG_LEVEL=warn\nCACHE_SIZE 7\nAPI_KEYS=${key}\n`, 2],
    ['has no = and is the last one', `CACHE_SIZE=7\nAPI_KEYS ${key}`, 2],
    ['is written as in YAML', `API_KEYS: ${key}\n`, 1],
    ['has no name', `=x\nAPI_KEYS=${key}\n`, 1],
    ['has a name with a space', `API KEYS=${key}\n`, 1],
    ['is the rest of a quote', `LOG_LEVEL="warn\nAPI_KEYS=${key}"\nCACHE_SIZE "7"`, 3],
  ] as const) {
    it(`is refused with a line that ${what}: the next one could be lost with it`, () => {
      write(text);
      expectRefusal(`line ${line}: has no NAME=value`, ',');
    });
  }

  it('is refused with a quote that nothing ends', () => {
    write(`LOG_LEVEL="warn\nAPI_KEYS=${key}\n`);
    expectRefusal('line 1: has a quote that nothing ends', ',');
  });

  for (const [what, line, why] of [
    ['a # in a key', `API_KEYS=${key}#zz`, 'has a # within a value: put the value in single quotes'],
    ['a $ without quotes', 'LEDGER_URL=postgres://u:a$b@h/n', 'has a $, which Compose replaces'],
    ['a $ in double quotes', 'LEDGER_URL="postgres://u:a$b@h/n"', 'has a $, which Compose replaces'],
    ['text behind a quote', `API_KEYS="${key}"zz`, 'has text behind a quote'],
    ['a # right behind a quote', `API_KEYS='${key}'#zz`, 'has text behind a quote'],
    ['an escaped quote', 'LEDGER_URL="a\\"b"', 'has a quote within quotes: put the value in single quotes'],
    ['backticks', 'CACHE_SIZE=`7`', 'has a value in backticks: use single quotes'],
  ] as const) {
    it(`is refused with ${what}, which each program reads in its own way`, () => {
      write(`CACHE_SIZE=7\n${line}\n`);
      expectRefusal(`line 2: ${why}`, ',');
    });
  }

  it('is read with all of that in single quotes, and with quotes in comments and within values', () => {
    const values = [
      "# write KEY='x if needed",
      "LEDGER_URL='postgres://u:a$b#c\"d@h/n'",
      "DATA_DIR=it's",
      `API_KEYS='${key}' # the desk's`,
      'CACHE_SIZE=7 # "many"',
    ];
    write(values.join('\n'));
    expect(load()).to.deep.equal([
      { LEDGER_URL: 'postgres://u:a$b#c"d@h/n', DATA_DIR: "it's", API_KEYS: key, CACHE_SIZE: '7' },
      [],
    ]);
  });

  it('is refused as a directory', () => {
    mkdirSync(path());
    expectRefusal('cannot be read (EISDIR): make it a readable file, or remove it');
  });

  it('is refused where it may not be read', function () {
    if (process.getuid?.() === 0) {
      // Root reads everything: what stands for a file that even root cannot read is a link to itself.
      symlinkSync(path(), path());
      expectRefusal('cannot be read (ELOOP): make it a readable file, or remove it');
      return;
    }
    write('');
    chmodSync(path(), 0);
    expectRefusal('cannot be read (EACCES): make it a readable file, or remove it');
  });

  describe('with a name that is not one of ours', () => {
    for (const [name, meant] of [
      ['CACHESIZE', 'CACHE_SIZE'],
      ['cache_size', 'CACHE_SIZE'],
      ['Api-Keys', 'API_KEYS'],
      ['APIKEY', 'API_KEYS'],
      ['STOCK_API_KEYS', 'API_KEYS'],
      ['HEARTBEAT_TIMEOUT', 'HEARTBEAT_TIMEOUT_MS'],
      ['CONTAINER_PREFX', 'CONTAINER_PREFIX'],
    ]) {
      it(`asks for ${name} whether ${meant} is meant, and goes on`, () => {
        write(`${name}=3\n`);
        expect(load()[1]).to.deep.equal([
          `${path()}: ${name} is not a setting of this system; did you mean ${meant}?`,
        ]);
      });
    }

    it('says so, and no more, where none is near', () => {
      write('AWS_REGION=eu-central-1\n');
      expect(load()[1]).to.deep.equal([`${path()}: AWS_REGION is not a setting of this system`]);
    });

    it('says nothing of what Docker, Node and OpenTelemetry read', () => {
      write('COMPOSE_PROJECT_NAME=second\nDOCKER_HOST=x\nNODE_OPTIONS=\nOTEL_SERVICE_NAME=x\nNO_COLOR=1\n');
      expect(load()[1]).to.deep.equal([]);
    });

    it('knows every name in .env.example and in the Compose files', () => {
      const files = readdirSync('deploy').map((name) => join('deploy', name));
      const names = ['.env.example', 'docker-compose.yml', ...files].flatMap((file) => [
        ...readFileSync(file, 'utf8').matchAll(/(?:\$\{|^#)([A-Z0-9_]+)/gm),
      ]);
      expect(names).to.have.length.greaterThan(20);
      expect(names.map(([, name = '']) => name).filter((name) => !isKnownName(name))).to.deep.equal([]);
    });
  });

  describe('as stock reads it', function () {
    this.timeout(20_000);
    const stock = (...args: string[]) => runStock(args, {}, { cwd: directory() });

    it('ends a command with one sentence and status 2 if it is no file', async () => {
      mkdirSync(path());
      const { stderr, status } = await stock('status');
      expect([stderr, status]).to.deep.equal([
        '.env cannot be read (EISDIR): make it a readable file, or remove it\n',
        2,
      ]);
    });

    it('is what stock start sees, too: it starts nothing whose ports are the same, and warns of a misspelt name', async () => {
      write('\uFEFFORDER_1_PORT=15052\nCACHESIZE=3\n');
      const { stdout, stderr, status } = await stock('start');
      expect([stdout, status]).to.deep.equal(['', 2]);
      expect(stderr.trimEnd().split('\n')).to.deep.equal([
        '.env: CACHESIZE is not a setting of this system; did you mean CACHE_SIZE?',
        'ORDER_2_PORT=15052 is not valid: ORDER_1_PORT is the same port',
      ]);
    });
  });
});
