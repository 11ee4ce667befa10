import fc from 'fast-check';

/** How a JSON value is spelled; every spelling means the same. */
export interface Spelling {
  /** White space between the tokens, in turn. */
  space: readonly string[];
  /** Which characters of texts are written as \u escapes, in turn. */
  escaped: readonly boolean[];
}

const space = fc.oneof(
  { weight: 10, arbitrary: fc.constant('') },
  { weight: 10, arbitrary: fc.string({ unit: fc.constantFrom(...' \t\r\n'), maxLength: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 1_000 }).map((length) => ' '.repeat(length)) },
);

export const spelling: fc.Arbitrary<Spelling> = fc.record({
  space: fc.array(space, { minLength: 1, maxLength: 5 }),
  escaped: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
});

/** The value as JSON text. */
export function spelled(value: unknown, { space, escaped }: Spelling): string {
  let tokens = 0;
  let letters = 0;
  const gap = () => space[tokens++ % space.length] ?? '';

  function text(of: string): string {
    const written = [...of].map((letter) => {
      const plain = JSON.stringify(letter).slice(1, -1);
      if (escaped[letters++ % escaped.length] !== true || plain.length > letter.length) return plain;
      return [...Array(letter.length).keys()]
        .map((index) => `\\u${letter.charCodeAt(index).toString(16).padStart(4, '0')}`)
        .join('');
    });
    return `"${written.join('')}"`;
  }
  function token(of: unknown): string {
    if (typeof of === 'string') return text(of);
    if (Array.isArray(of)) return `[${gap()}${of.map((item) => `${token(item)}${gap()}`).join(`,${gap()}`)}]`;
    if (typeof of !== 'object' || of === null) return JSON.stringify(of);
    const members = Object.entries(of).filter(([, member]) => member !== undefined);
    const written = members.map(([name, member]) => `${text(name)}${gap()}:${gap()}${token(member)}${gap()}`);
    return `{${gap()}${written.join(`,${gap()}`)}}`;
  }
  return `${gap()}${token(value)}${gap()}`;
}
