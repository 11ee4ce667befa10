import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';

/** Sizes of the pieces in which something arrives, in turn and from the start again; 0 is an empty piece. */
export type Cuts = readonly number[];

/** Cuts at every byte, at a few, or at none. */
export const cuts: fc.Arbitrary<Cuts> = fc.oneof(
  fc.constant([1]),
  fc.constant([1_000_000]),
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 200 })), { minLength: 1, maxLength: 6 })
    .map((sizes) => (sizes.some((size) => size > 0) ? sizes : [...sizes, 1])),
);

/** A text or bytes in pieces of these sizes. */
export function inPieces<T extends string | Buffer>(whole: T, sizes: Cuts): T[] {
  const pieces: T[] = [];
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const end = at + (sizes[turn % sizes.length] ?? 1);
    pieces.push((typeof whole === 'string' ? whole.slice(at, end) : whole.subarray(at, end)) as T);
    at = end;
  }
  return pieces;
}

/** Whatever the cut, the same is found in bytes of another writer, and nothing throws. */
export function sameInAnyCut(read: (bytes: Buffer, sizes: Cuts) => unknown): (bytes: Buffer, sizes: Cuts) => void {
  return (bytes, sizes) => deepStrictEqual(read(bytes, sizes), read(bytes, [1_000_000]));
}
