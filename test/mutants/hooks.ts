// Node's module hooks (node:module `register`), on their own thread: edit the files of one mutant as they are loaded.
import type { InitializeHook, LoadHook } from 'node:module';
import { applyEdit, type Mutant } from './mutant.js';

const dist = new URL('../../', import.meta.url);

let mutant: Mutant | undefined;

export const initialize: InitializeHook<Mutant> = (data) => {
  mutant = data;
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const edits = mutant?.edits.filter(({ file }) => new URL(file, dist).href === url) ?? [];
  const loaded = await nextLoad(url, context);
  if (edits.length === 0) {
    return loaded;
  }
  const source = Buffer.from(loaded.source as Uint8Array).toString();
  return { ...loaded, source: edits.reduce(applyEdit, source) };
};
