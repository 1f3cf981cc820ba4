// What the guides say and a machine can look up: links, files, commands, settings, exit codes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';
import { exitCode } from '../../src/cli/exit-codes.js';
import { createProgram } from '../../src/cli/program.js';
import { parseConfig, settingNames } from '../../src/shared/config.js';

const inDirectory = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative('.', join(parentPath, name)));

const guides = ['README.md', 'CHANGELOG.md', ...inDirectory('docs').filter((file) => file.endsWith('.md'))];
const sources = ['src', 'test', 'scripts', 'proto', 'deploy'].flatMap(inDirectory);

const read = (file: string): string => readFileSync(file, 'utf8');
const withoutBlocks = (text: string): string => text.replaceAll(/^\s*```[^]*?^\s*```/gm, '');
const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match.slice(1).find((group) => group !== undefined) ?? match[0]);

/** What a text names that `isThere` does not find, with the guide that names it. */
function unknownIn(files: readonly string[], pattern: RegExp, isThere: (name: string) => boolean): string[] {
  return files.flatMap((file) =>
    matches(read(file), pattern)
      .filter((name) => !isThere(name))
      .map((name) => `${file}: ${name}`),
  );
}

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/\]\([^)]*\)|[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');

function leadsSomewhere(guide: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? guide : join(dirname(guide), path);
  const anchors = () => matches(withoutBlocks(read(target)), /^#+ (.*)$/gm).map(anchorOf);
  return existsSync(target) && (anchor === undefined || anchors().includes(anchor));
}

/** The files and folders in the first column of each table of the code map, as paths. */
function codeMap(): string[] {
  const map = read('docs/architecture.md').split(/^## Code map$|^### Outside/m)[1] ?? '';
  return map.split(/^### /m).flatMap((section) => {
    const [, folder = ''] = /^`(src\/\w+\/)`/.exec(section) ?? [];
    return section.split(/^(?=In `\w+\/`)/m).flatMap((part) => {
      const [, inner = ''] = /^In `(\w+\/)`/.exec(part) ?? [];
      const cells = matches(part, /^\| (`[^|]*) \|/gm);
      return cells.flatMap((cell) => matches(cell, /`([^`]+)`/g)).map((name) => folder + inner + name);
    });
  });
}

function covers(entry: string, file: string): boolean {
  const [start = '', end] = entry.split('*');
  const isPart = end !== undefined || entry.endsWith('/');
  return isPart ? file.startsWith(start) && file.endsWith(end ?? '') : file === entry;
}

/** The settings in README's table with what it says of their default. */
function settingsTable(): Map<string, string> {
  const [, table = ''] = read('README.md').split(/^## Settings$|^## State$/m);
  const rows = [...table.matchAll(/^\| (`[^|]*) \|[^|]*\| +([^|]*?) +\|/gm)];
  return new Map(
    rows.flatMap(([, names = '', value = '']) => matches(names, /`(\w+)`/g).map((name) => [name, value])),
  );
}

/** Defaults that are made of other settings, or belong to a library. */
const derived = /_ADDRESS(ES)?$|^TLS_DIR$|^INITIAL_CATALOG$|^LEDGER_URL$|^OTEL_TRACES_SAMPLER_ARG$/;

describe('the guides', () => {
  it('have no link, and no anchor, that leads nowhere', () => {
    const dead = guides.flatMap((guide) =>
      matches(withoutBlocks(read(guide)), /\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)
        .filter((link) => !/^https?:/.test(link) && !leadsSomewhere(guide, link))
        .map((link) => `${guide}: ${link}`),
    );
    expect(dead).to.deep.equal([]);
  });

  it('name only files that exist, and so do comments', () => {
    // `deploy/.env` is the reader's own.
    const path = /(?<![\w./*-])(?:src|test|scripts|docs|proto|deploy)\/(?!\.env\b)[\w./-]*\w(?![\w*])/g;
    const file =
      /(?<![\w./*-])(?:src|test|scripts|docs|proto|deploy)\/[\w./-]+\.(?:ts|md|sh|mjs|yml|proto)\b/g;
    expect(unknownIn(guides, path, existsSync)).to.deep.equal([]);
    expect(unknownIn(sources, file, existsSync)).to.deep.equal([]);
  });

  it('map the code file by file', () => {
    const map = codeMap();
    const files = inDirectory('src');
    expect(
      files.filter((file) => !map.some((entry) => covers(entry, file))),
      'not on the map',
    ).to.deep.equal([]);
    expect(
      map.filter((entry) => !files.some((file) => covers(entry, file))),
      'not there',
    ).to.deep.equal([]);
  });

  it('say the defaults that settings have', () => {
    const table = settingsTable();
    const config = parseConfig({}) as unknown as Record<string, string | number | undefined>;
    for (const name of settingNames.filter((each) => !each.startsWith('ORDER_2_'))) {
      const words = table.get(name)?.split(/[ ,;:…]+/);
      const value = String(config[name] ?? '') || 'none';
      expect(words, name).to.not.equal(undefined);
      expect(
        derived.test(name) || words?.includes(value),
        `${name}: ${words?.join(' ')}, not ${value}`,
      ).to.equal(true);
    }
    const known = read('.env.example');
    expect([...table.keys()].filter((name) => !new RegExp(`^#? ?${name}=`, 'm').test(known))).to.deep.equal(
      [],
    );
  });

  it('name only commands that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const program = createProgram();
    const commands = program.commands.map((command) => command.name());
    const isScript = (name: string) => Object.hasOwn(scripts, name);
    const isCommand = (name: string) => name.startsWith('-') || commands.includes(name);
    // Not the answer `stock not found`.
    const afterStock = /(?:npx stock|stock --|`stock|run --rm cli) +(?!not found)([\w-]+)/g;
    expect(unknownIn(guides, /npm run (?:--silent )?([\w:-]+)/g, isScript)).to.deep.equal([]);
    expect(unknownIn(guides, afterStock, isCommand)).to.deep.equal([]);
  });

  it('list all exit statuses of the command line', () => {
    const [, table = ''] = read('docs/cli.md').split('| Exit status |');
    const listed = matches(table.split('\n\n')[0] ?? '', /^\| (\d+) /gm).map(Number);
    expect(listed).to.deep.equal(Object.values(exitCode));
  });
});
