import { expect } from 'chai';
import { lineAndColumn, parseJsonc } from '../../settings/jsonc.ts';

function fault(text: string): string {
  const { fault } = parseJsonc(text);
  return fault === undefined ? 'none' : `${lineAndColumn(text, fault.offset)}: ${fault.problem}`;
}

describe('settings/jsonc', () => {
  const cases: [string, string, string][] = [
    [
      'a comment of another language',
      '{\n  # the servers\n}',
      '2:3: expected a key in double quotes; a comment starts with //, not with #',
    ],
    ['a comment without an end', '{ "a": /* x 1 }', '1:8: this /* comment has no */ at its end'],
    ['a comma too much', '{"a": 1,, "b": 2}', '1:9: expected a key in double quotes, found ","'],
    ['a comma before all', '[ , 1]', '1:3: expected a value, found ","'],
    ['comments alone', '// later\n', '1:1: the file is empty; write {} for empty settings'],
    ['a missing comma', '{"a": 1\n "b": 2}', '2:2: expected "," or "}", found "\\"" (is a comma missing before it?)'],
    [
      'single quotes',
      "{'a': 1}",
      '1:2: expected a key in double quotes; JSON strings stand in double quotes, not single ones',
    ],
    ['a bare key', '{ name: 1 }', '1:3: expected a key in double quotes, found "name"'],
    ['a bare word', '{"a": True}', '1:7: expected a value, found "True"'],
    ['a missing colon', '{"a" 1}', '1:6: expected ":" after the key, found "1"'],
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

  it('does not show a secret that lacks its quotes, or stands where a key should be', () => {
    expect(fault('{"token": sk_live_4242424242}')).to.equal('1:11: expected a value, found "s"');
    expect(fault('{"token": correcthorsebattery}')).to.equal('1:11: expected a value, found "c"');
    expect(fault('{"args": {"--token", "sk_live_4242424242"}}')).not.to.contain('token');
    expect(fault('{"env": {"sk_live_4242424242"}}')).not.to.contain('4242');
  });

  it('counts lines that end in CR LF once', () => expect(fault('{\r\n"a":1,\r\n x}')).to.match(/^3:2: expected a key/));

  it('reads what editors write: comments, a last comma, a byte order mark, lines that end in CR LF', () => {
    const text =
      '\uFEFF// servers\r\n{\r\n  "a": [1, /* two */ 2, ], // "not": this\r\n  "u": "http://x/*y*/,]", /* last */ }\r\n//';
    expect(parseJsonc(text)).to.deep.equal({
      value: { a: [1, 2], u: 'http://x/*y*/,]' },
      fault: undefined,
      duplicates: [],
    });
  });

  it('does not take a key __proto__ for the prototype', () => {
    const { value } = parseJsonc('{"__proto__": {"a": 1}, // twice\n}');
    expect(Object.keys(value as object)).to.deep.equal(['__proto__']);
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
  });

  it('reports a key that is there twice, since the first value is lost', () => {
    const { duplicates } = parseJsonc('{"a":{"b":1,"\\u0062":2},"c":[{"d":1},{"d":1}]}');
    expect(duplicates).to.deep.equal([{ offset: 12, path: ['a', 'b'] }]);
  });

  it('reads what the engine reads, to the same value, and more only by comments and last commas', () => {
    const seeds = ['{"a":[1,-0.5e+3,true,null,"x\\n\\u00e9\\"",{}],"b":{"c":[]}}', '[[],{"":""},0,1.0E1,false] // x\n'];
    const alphabet = '{}[]",:0123456789.eE+-\\utfrn/* \n\ta\u0001é';
    const random = lcg(7);
    let accepted = 0;
    for (let round = 0; round < 20_000; round++) {
      const text = edited(seeds[round % seeds.length] ?? '', alphabet, random);
      const { value, fault } = parseJsonc(text);
      if (fault === undefined) accepted++;
      const engine = parsed(text);
      if (engine !== undefined)
        expect({ value, fault }, JSON.stringify(text)).to.deep.equal({ ...engine, fault: undefined });
      else if (fault === undefined) expect(text).to.match(/\/[/*]|,\s*[\]}]/);
    }
    expect(accepted).to.be.within(1_000, 19_000);
  });
});

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Pseudo-random whole numbers below a bound. */
function lcg(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

function edited(text: string, alphabet: string, random: (below: number) => number): string {
  let result = text;
  for (let edits = random(3); edits >= 0; edits--) {
    const at = random(result.length);
    const letter = random(2) ? alphabet[random(alphabet.length)] : '';
    result = result.slice(0, at) + letter + result.slice(at + random(2));
  }
  return result;
}
