import { expect } from 'chai';
import { lineAndColumn, scanJson } from '../../settings/json.ts';

function fault(text: string): string {
  const { fault } = scanJson(text);
  return fault === undefined ? 'none' : `${lineAndColumn(text, fault.offset)}: ${fault.problem}`;
}

describe('settings/json', () => {
  const cases: [string, string, string][] = [
    ['a line comment', '{\n  // the servers\n  "a": 1\n}', '2:3: JSON has no comments; remove this // comment'],
    ['a block comment', '{ "a": /* x */ 1 }', '1:8: JSON has no comments; remove this /* comment'],
    ['a trailing comma in an object', '{\n  "a": 1,\n}', '2:9: trailing comma before "}"; remove it'],
    ['a trailing comma in a list', '[1,\n2 , ]', '2:3: trailing comma before "]"; remove it'],
    ['a missing comma', '{"a": 1\n "b": 2}', '2:2: expected "," or "}", found "\\"" (is a comma missing before it?)'],
    [
      'single quotes',
      "{'a': 1}",
      '1:2: expected a key in double quotes; JSON strings stand in double quotes, not single ones',
    ],
    ['a bare key', '{ name: 1 }', '1:3: expected a key in double quotes, found "name"'],
    ['a bare word', '{"a": True}', '1:7: expected a value, found "True"'],
    ['a missing colon', '{"a" 1}', '1:6: expected ":" after the key "a", found "1"'],
    [
      'a string over two lines',
      '{"a": "x\n"}',
      '1:9: the string that starts at 1:7 has no closing double quote on its line',
    ],
    ['a Windows path', '{"cwd": "C:\\Users"}', '1:12: "\\U" is not an escape; write \\\\ for a backslash'],
    ['a file that ends too early', '{"a": [1, 2', '1:12: the file ends before the "]" that closes "[" of 1:7'],
    ['an empty file', ' \n', '1:1: the file is empty; write {} for empty settings'],
    ['text after the value', '{}\n}', '2:1: expected nothing after the end of the value, found "}"'],
    ['nesting without end', '['.repeat(100_000), '1:202: nested deeper than 200 levels'],
  ];
  for (const [name, text, expected] of cases) {
    it(`says where and why for ${name}`, () => expect(fault(text)).to.equal(expected));
  }

  it('does not show more of an unquoted secret than its start', () => {
    expect(fault('{"token": sk_live_4242424242}')).to.contain('found "sk_live_4"').and.not.to.contain('42424');
  });

  it('counts lines that end in CR LF once', () => expect(fault('{\r\n"a":1,\r\n}')).to.match(/^2:6: trailing comma/));

  it('reports a key that is there twice, since the first value is lost', () => {
    const { duplicates } = scanJson('{"a":{"b":1,"\\u0062":2},"c":[{"d":1},{"d":1}]}');
    expect(duplicates).to.deep.equal([{ offset: 12, path: ['a', 'b'] }]);
  });

  it('accepts and refuses exactly what the engine accepts and refuses', () => {
    const seeds = ['{"a":[1,-0.5e+3,true,null,"x\\n\\u00e9\\"",{}],"b":{"c":[]}}', '[[],{"":""},0,1.0E1,false]'];
    const alphabet = '{}[]",:0123456789.eE+-\\utfrn/ \n\ta\u0001é';
    let state = 7;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    let accepted = 0;
    for (let round = 0; round < 20_000; round++) {
      let text = seeds[round % seeds.length] ?? '';
      for (let edits = random(3); edits >= 0; edits--) {
        const at = random(text.length);
        text = text.slice(0, at) + (random(2) ? alphabet[random(alphabet.length)] : '') + text.slice(at + random(2));
      }
      const mine = scanJson(text).fault === undefined;
      if (mine) accepted++;
      expect(mine, JSON.stringify(text)).to.equal(parses(text));
    }
    expect(accepted).to.be.within(1_000, 19_000);
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
