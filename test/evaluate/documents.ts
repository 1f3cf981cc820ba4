// Where the results go: pictures and results.json in a directory, words and tables in docs/evaluation.md.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFormatted } from '../bench/results.js';
import { replaceMarked } from '../support/marked-text.js';
import { plots } from './plots.js';
import {
  experimentNames,
  placeNames,
  type ExperimentName,
  type ExperimentResults,
  type Origin,
  type PlaceName,
  type Results,
} from './results.js';
import { originText, texts } from './text.js';

const document = fileURLToPath(new URL('../../../docs/evaluation.md', import.meta.url));

interface Chapter {
  readonly place: PlaceName;
  readonly experiment: ExperimentName;
  readonly text: string;
  readonly plot: string;
}

function chapter<Name extends ExperimentName>(
  place: PlaceName,
  experiment: Name,
  { origin, result }: { readonly origin: Origin; readonly result: ExperimentResults[Name] },
): Chapter {
  const text = `${originText(origin)}\n\n${texts[experiment](result)}`;
  return { place, experiment, text, plot: plots[experiment](result) };
}

/** All results there are, each as words and as a picture. */
export function chapters(results: Results): Chapter[] {
  return placeNames.flatMap((place) =>
    experimentNames.flatMap((experiment) => {
      const kept = results[place]?.[experiment];
      return kept ? [chapter(place, experiment, kept as Parameters<typeof chapter>[2])] : [];
    }),
  );
}

const plotName = ({ place, experiment }: Chapter): string => `${experiment}-${place}.svg`;

export async function writePlots(directory: string, results: Results): Promise<void> {
  for (const each of chapters(results)) {
    await writeFile(join(directory, plotName(each)), each.plot);
  }
}

/** Puts the results into docs/evaluation.md. */
export async function writeIntoDocs(results: Results): Promise<void> {
  let text = readFileSync(document, 'utf8');
  for (const each of chapters(results)) {
    const title = `${each.experiment}, ${each.place}`;
    const content = `![${title}](evaluation/${plotName(each)})\n\n${each.text}`;
    text = replaceMarked(text, `evaluate:${each.place}:${each.experiment}`, content);
  }
  await writeFormatted(document, text);
}
