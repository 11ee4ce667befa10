import { expect } from 'chai';
import fc from 'fast-check';
import { matchesTemplate } from '../../node/catalog/uri-template.ts';

describe('the match of a URI and a template', () => {
  const cases: [template: string, uri: string, matches: boolean][] = [
    ['file:///{name}', 'file:///a', true],
    ['file:///{name}', 'file:///a/b', false],
    ['file:///{+path}', 'file:///a/b', true],
    ['db://{table}/rows{?limit}', 'db://users/rows?limit=3', true],
    ['db://{table}/rows{?limit}', 'db://users/rows', true],
    ['db://{table}/rows', 'db://users/columns', false],
    ['a.b://(x)', 'a.b://(x)', true],
    ['a.b://(x)', 'aXb://(x)', false],
  ];
  for (const [template, uri, matches] of cases) {
    it(`does not mistake ${uri} for ${matches ? 'none' : 'one'} of ${template}`, () => {
      expect(matchesTemplate(template, uri)).to.equal(matches);
    });
  }

  it('does not differ from what each expression stands for, whatever stands beside it', () => {
    const parts = ['{a}', '{+a}', '{?a}', '{/a}', 'a', 'b', '/', '.', '{', '}', '{}'];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...parts), { maxLength: 6 }).map((some) => some.join('')),
        fc.array(fc.constantFrom(...'ab/.?#{}'), { maxLength: 7 }).map((some) => some.join('')),
        (template, uri) => {
          fc.pre(!/\{[^}]*\{/.test(template));
          expect(matchesTemplate(template, uri)).to.equal(byBacktracking(template, uri));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('does not take the longer the more ways there are to try', () => {
    const before = process.cpuUsage();
    expect(matchesTemplate('db://{schema}.{table}', `db://${'.'.repeat(60_000)}/`)).to.equal(false);
    expect(matchesTemplate('{a}.{b}.{c}.{d}.{e}.{f}!', `${'.'.repeat(8_000)}/`)).to.equal(false);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000, 'milliseconds of CPU').to.be.below(1_000);
  });
});

/** What a regular expression makes of it, in a time that nobody can bound. */
function byBacktracking(template: string, uri: string): boolean {
  const source = template.replaceAll(/\{([^{}]*)\}|[^{]|\{/g, (part, expression?: string) => {
    if (expression === undefined) return part.replace(/[\^$.*+?()[\]{}|]/, '\\$&');
    if (/^[+#]/.test(expression)) return '.+';
    return /^[/?&;.]/.test(expression) ? '.*' : '[^/?#]+';
  });
  return new RegExp(`^${source}$`).test(uri);
}
