// Where the results go: files in a directory, and the chapters of docs/performance.md between their markers.
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { charts } from './charts.js';
import { writeFormatted, type Results } from './results.js';
import { replaceMarked } from '../support/marked-text.js';
import { chapters } from './tables.js';

const document = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url));

/** Writes tables.md and the pictures of all results. */
export async function writeDocuments(directory: string, results: Results): Promise<void> {
  await mkdir(directory, { recursive: true });
  const texts = chapters(results).map(({ text }) => text);
  await writeFormatted(join(directory, 'tables.md'), texts.join('\n\n'));
  for (const [name, svg] of charts(results)) {
    await writeFile(join(directory, name), svg);
  }
}

/** Puts the results into docs/performance.md. */
export async function writeIntoDocs(results: Results): Promise<void> {
  const text = chapters(results).reduce(
    (whole, { name, text: content }) => replaceMarked(whole, `bench:${name}`, content),
    readFileSync(document, 'utf8'),
  );
  await writeFormatted(document, text);
}
