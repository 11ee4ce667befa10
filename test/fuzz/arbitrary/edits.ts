import fc from 'fast-check';

/** One change to a text; positions are fractions of its length, so that they fit any text. */
export type Edit =
  | { kind: 'replace' | 'insert'; at: number; text: string }
  | { kind: 'delete'; at: number; length: number }
  | { kind: 'cut'; at: number; keep: 'head' | 'tail' }
  | { kind: 'splice'; at: number; from: number }
  | { kind: 'last'; step: number }
  | { kind: 'case'; at: number }
  | { kind: 'again' };

const at = fc.double({ min: 0, max: 1, noNaN: true });
const text = fc.oneof(
  fc.constantFrom('.', 'A', 'B', '-', '_', '+', '/', '=', '~', ' ', '\0', '\r\n', '%2e', 'é', '\u00ad', '．', '😀'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
);

/** One to three changes, as somebody would try who wants a text to pass for another one. */
export const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('replace' as const, 'insert' as const), at, text }),
    fc.record({ kind: fc.constant('delete' as const), at, length: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant('cut' as const), at, keep: fc.constantFrom('head' as const, 'tail' as const) }),
    fc.record({ kind: fc.constant('splice' as const), at, from: at }),
    fc.record({ kind: fc.constant('last' as const), step: fc.integer({ min: 1, max: 63 }) }),
    fc.record({ kind: fc.constant('case' as const), at }),
    fc.constant({ kind: 'again' as const }),
  ),
  { minLength: 1, maxLength: 3 },
);

/** The text with the changes made in turn. @param other what a splice takes its end from */
export function edited(original: string, other: string, changes: readonly Edit[]): string {
  return changes.reduce((current, change) => applied(current, other, change), original);
}

function applied(current: string, other: string, change: Edit): string {
  const place = 'at' in change ? Math.floor(change.at * current.length) : 0;
  const [head, tail] = [current.slice(0, place), current.slice(place)];
  switch (change.kind) {
    case 'replace':
      return head + change.text + tail.slice(change.text.length);
    case 'insert':
      return head + change.text + tail;
    case 'delete':
      return head + tail.slice(change.length);
    case 'cut':
      return change.keep === 'head' ? head : tail;
    case 'splice':
      return head + other.slice(Math.floor(change.from * other.length));
    case 'last':
      return withLast(current, change.step);
    case 'case':
      return head + swapCase(tail.slice(0, 1)) + tail.slice(1);
    case 'again':
      return current + current;
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Another last letter: some decode to the same bytes, because base64url ignores the bits that are left over. */
function withLast(current: string, step: number): string {
  const index = ALPHABET.indexOf(current.at(-1) ?? '');
  return index < 0 ? current : current.slice(0, -1) + ALPHABET[(index + step) % 64];
}

function swapCase(letter: string): string {
  return letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
}
