// Makes a fresh clone ready to run: installs the packages that are missing and builds what is out of date.
// Plain JavaScript without dependencies, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [major, minor] = process.versions.node.split('.').map(Number);

function modifiedMs(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function newestModifiedMs(directory) {
  let newest = 0;
  for (const entry of readdirSync(join(root, directory), { withFileTypes: true, recursive: true })) {
    newest = Math.max(newest, modifiedMs(join(entry.parentPath, entry.name)));
  }
  return newest;
}

function run(...args) {
  // On standard error: what a command prints on standard output may be read by a program.
  const stdio = ['inherit', process.stderr, 'inherit'];
  const result = spawnSync('npm', args, { cwd: root, stdio, shell: process.platform === 'win32' });
  if (result.status !== 0) {
    process.exit(result.status ?? 1);
  }
}

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Node 20.19 or later is needed; this is ${process.version}. Install a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}

const lockfile = join(root, 'package-lock.json');
if (modifiedMs(join(root, 'node_modules/.package-lock.json')) < modifiedMs(lockfile)) {
  console.error('Installing packages (npm ci) …');
  run('ci', '--no-audit', '--no-fund', '--loglevel=error');
}

const sources = Math.max(
  ...['src', 'test', 'proto', 'scripts'].map(newestModifiedMs),
  ...['package.json', 'tsconfig.json'].map((file) => modifiedMs(join(root, file))),
);
// What a build does last.
if (modifiedMs(join(root, 'dist/src/dashboard/index.html')) < sources) {
  console.error('Building …');
  run('run', '--silent', 'build');
}
