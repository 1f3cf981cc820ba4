// Where the results go: files in a directory, and the chapters of docs/performance.md between their markers.
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from './bench-error.js';
import { charts } from './charts.js';
import { writeFormatted, type Results } from './results.js';
import { chapters, type Chapter } from './tables.js';

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
  const text = chapters(results).reduce(replaceChapter, readFileSync(document, 'utf8'));
  await writeFormatted(document, text);
}

/**
 * Replaces what stands between a chapter's markers.
 * @throws BenchError they are not there
 */
export function replaceChapter(text: string, { name, text: content }: Chapter): string {
  const [from, to] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start === -1 || end < start) {
    throw new BenchError(`docs/performance.md has no ${from} followed by ${to}.`);
  }
  return `${text.slice(0, start + from.length)}\n\n${content}\n\n${text.slice(end)}`;
}
