import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { applyEdit, EditError } from '../../mutants/mutant.js';
import { mutants } from '../../mutants/mutants.js';

const compiled = (file: string): Promise<string> =>
  readFile(new URL(`../../../${file}`, import.meta.url), 'utf8');

describe('mutants', () => {
  for (const { name, edits, test } of mutants) {
    it(`"${name}" still fits the product`, async () => {
      for (const edit of edits) {
        const source = await compiled(edit.file);
        expect(applyEdit(source, edit)).to.not.equal(source);
      }
      if (test) {
        expect(await compiled(test.file)).to.include(`it('${test.title}'`);
      }
    });
  }

  it('have names of their own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).to.equal(mutants.length);
  });

  it('are refused when what they replace is not there, or more than once', () => {
    const edit = { file: 'some.js', find: 'b', replace: 'x' };
    expect(applyEdit('abc', edit)).to.equal('axc');
    expect(() => applyEdit('ac', edit)).to.throw(EditError, 'nowhere');
    expect(() => applyEdit('abcb', edit)).to.throw(EditError, '2 times');
  });
});
