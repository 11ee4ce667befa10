import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { generated } from '../../../crds/generate/files.ts';

const root = new URL('../../../', import.meta.url);

describe('files that are made from the schema', () => {
  for (const { path, text } of generated()) {
    it(`is up to date, else run "npm run generate": ${path}`, () => {
      expect(readFileSync(new URL(path, root), 'utf8')).to.equal(text);
    });
  }

  it('leaves no type behind that nothing is made from any more', () => {
    const made = generated().map(({ path }) => path);
    const there = readdirSync(new URL('operator/api/types/', root)).map((name) => `operator/api/types/${name}`);
    expect(there.filter((path) => !made.includes(path))).to.eql([]);
  });
});
