import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import fc from 'fast-check';
import { type Claim, decodeClaim, encodeClaim, nextEpoch } from '../../cluster/claim.ts';
import { decodeSessionNote, encodeSessionNote, type SessionNote } from '../../cluster/session-note.ts';
import { edited, edits } from './arbitrary/edits.ts';
import { anyText, base64url, latin1 } from './arbitrary/texts.ts';
import { type Property, pure } from './property.ts';

const PLAIN = { noNullPrototype: true } as const;
const tag = base64url(8);
const epoch = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER));
const claim: fc.Arbitrary<Claim> = fc.record({ key: base64url(20), tag, epoch }, PLAIN);
const note: fc.Arbitrary<SessionNote> = fc.record(
  { tag: fc.oneof(tag, fc.constant('-')), epoch, movable: fc.boolean(), principal: base64url(0, 16) },
  PLAIN,
);

function comeBack(claimed: Claim, noted: SessionNote): void {
  deepStrictEqual(decodeClaim(encodeClaim(claimed)), claimed);
  deepStrictEqual(decodeSessionNote(encodeSessionNote(noted)), noted);
}

/** What is read of any text has its shape, and is the same when it is written and read again. */
function takesAnyText(text: string): void {
  const claimed = decodeClaim(text);
  const noted = decodeSessionNote(text);
  if (claimed !== undefined) {
    ok(/^[\w-]{8}$/.test(claimed.tag) && /^[\w-]{20}$/.test(claimed.key) && isEpoch(claimed.epoch));
    // Nothing is read past: but for zeros in front, it is what would be written.
    if (Number.isSafeInteger(claimed.epoch)) strictEqual(encodeClaim(claimed), text.replace(/\.0+(?=[^.]+$)/, '.'));
    if (Number.isSafeInteger(claimed.epoch + 1)) ok(nextEpoch(claimed.epoch) > claimed.epoch);
  }
  if (noted !== undefined) {
    ok(/^[\w-]{1,16}$/.test(noted.tag) && /^[\w-]{0,64}$/.test(noted.principal) && isEpoch(noted.epoch));
    if (Number.isSafeInteger(noted.epoch)) deepStrictEqual(decodeSessionNote(encodeSessionNote(noted)), noted);
  }
}

function isEpoch(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

const almost = fc
  .tuple(claim.map(encodeClaim), note.map(encodeSessionNote), edits, fc.boolean())
  .map(([first, second, changes, swapped]) =>
    swapped ? edited(second, first, changes) : edited(first, second, changes),
  );

/** What coordinators and nodes tell each other of sessions (cluster/claim.ts, cluster/session-note.ts). */
export const CLUSTER_NOTES: readonly Property[] = [
  pure('cluster notes: claims and notes come back as they were', 2_250, 200, fc.property(claim, note, comeBack)),
  pure(
    'cluster notes: no text makes their readers throw or disagree',
    2_250,
    200,
    fc.property(fc.oneof(almost, anyText(40), latin1(40)), takesAnyText),
  ),
];
