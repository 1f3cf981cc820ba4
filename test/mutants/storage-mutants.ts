// Rules of the files, which catalog and replicas share.
import type { Mutant } from './mutant.js';

const appendFile = 'src/shared/append-file.js';

export const storageMutants: readonly Mutant[] = [
  {
    name: 'no fsync',
    rule: 'C5, F2',
    change: 'nothing that is appended is synced',
    edits: [
      {
        file: appendFile,
        find: 'await this.#handle.write(',
        replace: 'await this.#handle.writeLazily(',
      },
    ],
  },
  {
    name: 'no fsync after recovery',
    rule: 'C8',
    change:
      'what a process reads at its start is told, but not synced: it may be lost with the next power loss',
    edits: [
      {
        file: appendFile,
        find: 'await handle.truncate(sizeBytes);\n        await handle.sync();',
        replace: 'await handle.truncate(sizeBytes);',
      },
    ],
  },
  {
    name: 'torn frame not cut',
    rule: 'Files',
    change: 'the next line is written behind what a crash left of the last one',
    edits: [
      {
        file: 'src/shared/sealed-csv.js',
        find: 'return { bytes: intactBytes, tornBytes };',
        replace: 'return { bytes: intactBytes + tornBytes, tornBytes: 0 };',
      },
    ],
  },
  {
    name: 'torn frame overwritten only',
    rule: 'Files',
    change: 'what a crash left of the last line is not cut off, the next line is written over it',
    edits: [
      {
        file: appendFile,
        find: 'await handle.truncate(sizeBytes);',
        replace: '',
      },
    ],
    test: {
      file: 'test/unit/shared/append-file.test.js',
      title: 'cuts a file to the part that was found intact, and appends there',
      why: 'the rest of a torn line has no line feed, so that each later start takes it for torn, too',
    },
  },
  {
    name: 'disk full not undone',
    rule: 'C12',
    change: 'what was written before the disk was full stays',
    edits: [
      {
        file: appendFile,
        find: 'await this.#handle.truncate(this.#sizeBytes);',
        replace: '',
      },
    ],
  },
  {
    name: 'behind a full disk goes on',
    rule: 'C12',
    change: 'an append that waited behind one that found no room is written, without what it builds on',
    edits: [{ file: appendFile, find: '...this.#queue.splice(0)', replace: '' }],
    test: {
      file: 'test/unit/shared/append-file.test.js',
      title: 'fails what arrives while a write is being undone, too: it may build on what is not there',
      why: 'two batches must be on their way to a disk at the moment when it is full: one seed in some hundreds',
    },
  },
];
