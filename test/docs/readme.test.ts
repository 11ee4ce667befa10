import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { COMMANDS } from '../../bin/command.ts';
import { ROOT } from './tables.ts';

const PAGES = ['README.md', 'CONTRIBUTING.md', ...pagesIn('docs'), ...pagesIn('examples')];

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

describe('the documents', () => {
  it('link only to files that exist', () => {
    const broken = PAGES.flatMap((page) =>
      [...textOf(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map((match) => join(dirname(page), match[1] ?? ''))
        .filter((path) => !existsSync(join(ROOT, path)))
        .map((path) => `${page}: ${path}`),
    );
    expect(broken).to.eql([]);
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = PAGES.flatMap((page) => [...textOf(page).matchAll(/\bnpm run ([\w:-]+)/g)].map((match) => match[1]));
    expect(named.filter((name) => scripts[name ?? ''] === undefined)).to.eql([]);
    expect(named.length).to.be.greaterThan(5);
  });

  it('name only commands that exist', () => {
    const known = [...Object.keys(COMMANDS), 'COMMAND'];
    const named = PAGES.flatMap((page) =>
      [...textOf(page).matchAll(/`mcphub ([a-z]+)/g)].map((match) => match[1] ?? ''),
    );
    expect(named.filter((name) => !known.includes(name))).to.eql([]);
  });

  it('have no JSON example that cannot be pasted', () => {
    const examples = PAGES.flatMap((page) =>
      [...textOf(page).matchAll(/^```json\n(.*?)^```$/gms)].map((match) => ({ page, text: match[1] ?? '' })),
    );
    expect(examples.length).to.be.greaterThan(2);
    for (const { page, text } of examples) expect(() => JSON.parse(text), page).not.to.throw();
  });
});
