import { expect } from 'chai';
import { narrowings } from './narrowings.ts';
import { crd, readCrd, rootSchema, type Schema, versionOf } from './open-api.ts';

/** The CRD as it was published last; it is replaced by a copy of the current one when a version is published. */
const previous = versionOf(readCrd(new URL('previous-crd.yaml', import.meta.url)));

function object(properties: Record<string, Schema>, more: Partial<Schema> = {}): Schema {
  return { type: 'object', properties, ...more };
}

describe('compatibility of the CRD', () => {
  it('takes nothing away: objects of the version before stay valid and mean the same', () => {
    expect(versionOf(crd).name).to.equal(previous.name);
    expect(narrowings(previous.schema.openAPIV3Schema, rootSchema)).to.eql([]);
  });

  const text: Schema = { type: 'string', maxLength: 10 };
  const refused: [string, Schema, Schema, string][] = [
    ['a field that is gone', object({ a: text }), object({}), '.a: it is gone'],
    ['another type', object({ a: text }), object({ a: { type: 'integer' } }), '.a: type is integer, it was string'],
    ['less room', object({ a: text }), object({ a: { ...text, maxLength: 9 } }), '.a: maxLength is 9, it was 10'],
    [
      'a bound where none was',
      object({ a: { type: 'integer' } }),
      object({ a: { type: 'integer', minimum: 1 } }),
      'not bounded',
    ],
    [
      'a field that must be there',
      object({ a: text }),
      object({ a: text }, { required: ['a'] }),
      '.a: it is required now',
    ],
    ['a choice less', object({ a: { enum: ['x', 'y'] } }), object({ a: { enum: ['x'] } }), '"y" is not a choice'],
    ['choices where all was right', object({ a: text }), object({ a: { ...text, enum: ['x'] } }), 'only some words'],
    [
      'another default',
      object({ a: { ...text, default: 'x' } }),
      object({ a: { ...text, default: 'y' } }),
      'default was "x"',
    ],
    [
      'a new rule',
      object({}),
      object({}, { 'x-kubernetes-validations': [{ rule: 'false', message: '' }] }),
      'new rule',
    ],
    [
      'unknown keys that are dropped',
      object({}, { 'x-kubernetes-preserve-unknown-fields': true }),
      object({}),
      'not kept',
    ],
    [
      'another way to merge',
      { type: 'array', 'x-kubernetes-list-type': 'set' },
      { type: 'array', 'x-kubernetes-list-type': 'atomic' },
      'list-type',
    ],
    [
      'within lists and maps',
      { items: { additionalProperties: object({ a: text }) } },
      { items: { additionalProperties: object({}) } },
      '[].<name>.a',
    ],
  ];
  for (const [what, older, newer, message] of refused) {
    it(`notices ${what}`, () => {
      expect(narrowings(older, newer).join('\n')).to.include(message);
    });
  }

  it('lets a schema grow: fields, choices, room and words that are put better', () => {
    const older = object({ a: { ...text, enum: ['x'], description: 'old' } }, { required: ['a'] });
    const newer = object({ a: { type: 'string', maxLength: 20, enum: ['x', 'y'] }, b: { ...text, default: 'z' } });
    expect(narrowings(older, newer)).to.eql([]);
  });
});
