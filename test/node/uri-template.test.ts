import { expect } from 'chai';
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
});
