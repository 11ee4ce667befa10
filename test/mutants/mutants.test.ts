import { existsSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { MUTANTS } from './list.ts';
import { broken, sourceOf } from './mutant.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('mutants: the list of guards', () => {
  it('does not fall behind the code: each guard is where the list says, and its break is a program', () => {
    for (const mutant of MUTANTS) {
      const text = broken(mutant, sourceOf(root, mutant));
      expect(() => stripTypeScriptTypes(text), `${mutant.file}: ${mutant.guard}`).not.to.throw();
    }
  });
  it('names tests that exist', () => {
    for (const { tests } of MUTANTS)
      for (const test of tests) expect(existsSync(join(root, test)), test).to.equal(true);
  });
});
