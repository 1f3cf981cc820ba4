// Puts the files of the page that need no compiling beside its compiled modules.
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

for (const file of ['index.html', 'style.css', 'icon.svg']) {
  cpSync(join(root, 'src/dashboard', file), join(root, 'dist/src/dashboard', file));
}
