import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { isObject, JsonBoundsError, parseJson, parseMessage } from '../../mcp/json.ts';
import { idKey, isMessage, isSameId, requestIds } from '../../mcp/jsonrpc.ts';
import { plainNumber } from '../../mcp/numbers.ts';

const NUMBERS = [
  '9007199254740993',
  '-9007199254740993',
  '1e400',
  '-0',
  '1.0',
  '0.10',
  '1E5',
  '1e-7',
  '123456789012345678901234567890',
];
const padded = (text: string) => `{"pad":"${'x'.repeat(2_000)}","n":${text}}`;

describe('JSON that others wrote', () => {
  it('does not lose a digit of a number on its way through, in short and long texts', () => {
    for (const number of NUMBERS) {
      for (const text of [`[${number}]`, `{"a": ${number}}`, number, padded(number), `[1,${number},${number},2]`]) {
        const again = JSON.stringify(parseMessage(text));
        expect(again).to.equal(text.replace(': ', ':'));
      }
    }
  });

  it('does not make something else of numbers that need no care, nor of what looks like one', () => {
    const text = '{"a":[0,-1,0.5,1e+21,123456789012345],"b":"1.0","c":" 1.0, -0 ","__proto__":{"x":1.0}}';
    expect(JSON.stringify(parseMessage(text))).to.equal(text);
    expect(isObject(parseMessage('{"a":1.0}'))).to.equal(true);
    expect(isObject(parseMessage('1.0'))).to.equal(false);
    expect(plainNumber(parseMessage('1.0'))).to.equal(1);
    expect(parseJson('[1.0,-0]')).to.deep.equal([1, -0]);
  });

  it('is read or refused as by JSON.parse, and written as it was', () => {
    const number = fc.oneof(
      fc.constantFrom(...NUMBERS),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        number,
        fc.string().map((text) => JSON.stringify(text)),
        fc.constantFrom('true', 'null', '""', '"\\\\"', '"\\""'),
        fc.array(tie('any') as fc.Arbitrary<string>, { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
        fc
          .array(fc.tuple(fc.string(), tie('any') as fc.Arbitrary<string>), { maxLength: 4 })
          .map(
            (members) => `{${members.map(([key, item], i) => `${JSON.stringify(`k${i}${key}`)}:${item}`).join(',')}}`,
          ),
      ),
    })).any as fc.Arbitrary<string>;
    const broken = fc
      .tuple(value, fc.nat(), fc.constantFrom('1.0', '"', ',', ':', '{1.0:', '}', ' ', '\\', '-'))
      .map(([text, at, extra]) => {
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + extra + text.slice(cut);
      });
    fc.assert(
      fc.property(fc.oneof(value, broken), fc.boolean(), (text, long) => {
        const whole = long ? `[${' '.repeat(1_100)}${text}]` : text;
        let expected: unknown;
        try {
          expected = JSON.parse(whole);
        } catch (error) {
          expect(() => parseMessage(whole)).to.throw(SyntaxError, (error as Error).message);
          return;
        }
        const kept = JSON.stringify(parseMessage(whole));
        expect(JSON.parse(kept)).to.deep.equal(expected);
        for (const [token] of whole.replace(/"(?:[^"\\]|\\.)*"/g, '""').matchAll(/-?\d[\d.eE+-]*/g))
          expect(kept).to.include(token);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is not read when it is nested too deep or has too many values, whatever its size', () => {
    const deep = '['.repeat(100_000);
    expect(() => parseMessage(deep)).to.throw(JsonBoundsError, 'more than 512 levels');
    expect(() => parseJson(`${'['.repeat(513)}${']'.repeat(513)}`)).to.throw(JsonBoundsError);
    expect(parseJson(`${'['.repeat(512)}${']'.repeat(512)}`)).to.be.an('array');
    const many = `[${'[],'.repeat(5_000)}[]]`;
    expect(() => parseMessage(many, 5_000)).to.throw(JsonBoundsError, 'more than 5000 values and names of members');
    expect(parseMessage(many, 5_002)).to.have.length(5_001);
    expect(() => parseMessage(`{${'"a":1,'.repeat(3_000)}"b":2}`, 6_000)).to.throw(JsonBoundsError);
    expect(() => parseMessage(`[${'1.0,'.repeat(3_000)}2]`, 6_000)).to.throw(JsonBoundsError);
    const text = `["${'[\\"{'.repeat(5_000)}"]`;
    expect(parseMessage(text, 10)).to.have.length(1);
  });

  it('may begin with a byte order mark, as a text or as bytes', () => {
    expect(parseMessage('\ufeff{"a":1}')).to.deep.equal({ a: 1 });
    expect(parseJson(Buffer.from('\ufeff{"a":1}'))).to.deep.equal({ a: 1 });
  });

  it('comes in by one door', () => {
    for (const folder of ['mcp', 'cluster', 'router', 'node']) {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const file = join(entry.parentPath, entry.name);
        if (!entry.isFile() || file === join('mcp', 'json.ts') || file === join('mcp', 'numbers.ts')) continue;
        expect(readFileSync(file, 'utf8'), `${file} reads JSON by itself`).not.to.include('JSON.parse');
      }
    }
  });
});

describe('the ids of JSON-RPC', () => {
  const idOf = (text: string) => requestIds(`{"jsonrpc":"2.0","method":"ping","id":${text}}`)[0];

  it('are not mistaken for each other, however near their numbers are', () => {
    const texts = ['1', '1.0', '"1"', '"1.0"', '9007199254740993', '9007199254740992', '1e400', '-0', '0'];
    const keys = texts.map((text) => {
      const id = idOf(text);
      expect(JSON.stringify(id)).to.equal(text);
      return idKey(id as string);
    });
    expect(new Set(keys).size).to.equal(texts.length);
    expect(isSameId(idOf('1.0') as never, idOf('1.0'))).to.equal(true);
    expect(isSameId(idOf('1') as never, {})).to.equal(false);
  });

  it('may be no objects, nor may an error lack its code', () => {
    expect(idOf('{"rawJSON":"1"}')).to.equal(undefined);
    expect(isMessage(parseMessage('{"jsonrpc":"2.0","id":1.0,"error":{"code":-3.2e4,"message":"x"}}'))).to.equal(true);
    expect(isMessage(parseMessage('{"jsonrpc":"2.0","id":1,"method":"x","params":1.0}'))).to.equal(false);
  });
});
