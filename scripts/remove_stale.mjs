// Removes what was compiled from sources that are gone, which the compiler leaves behind: tests that have moved would
// run twice, and modules that were removed could still be imported.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const compiled = join(root, 'dist');

const entries = existsSync(compiled) ? readdirSync(compiled, { withFileTypes: true, recursive: true }) : [];
for (const { parentPath, name } of entries) {
  const source = join(root, relative(compiled, parentPath), name.replace(/\.js(\.map)?$/, '.ts'));
  if (/\.js(\.map)?$/.test(name) && !existsSync(source)) {
    rmSync(join(parentPath, name));
  }
}
