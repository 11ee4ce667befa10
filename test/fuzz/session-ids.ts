import { deepStrictEqual, strictEqual } from 'node:assert';
import fc from 'fast-check';
import { type ClientCapabilities, mintInnerId, readInnerId } from '../../cluster/inner-id.ts';
import { openSessionId, type SessionBinding, type SessionId, sealSessionId } from '../../cluster/session-id.ts';
import { TAG_LENGTH } from '../../cluster/tag.ts';
import { bearerToken, secretsMatch } from '../../cluster/token.ts';
import { LEGACY_REVISIONS } from '../../mcp/revisions.ts';
import { type Edit, edited, edits } from './arbitrary/edits.ts';
import { anyText, base64url, visibleAscii } from './arbitrary/texts.ts';
import { type Property, pure } from './property.ts';

const OPTIONAL = { requiredKeys: [] as [], noNullPrototype: true };

const capabilities: fc.Arbitrary<ClientCapabilities> = fc.record(
  {
    sampling: fc.record({ tools: fc.constant({}), context: fc.constant({}) }, OPTIONAL),
    elicitation: fc.record({ form: fc.constant({}), url: fc.constant({}) }, OPTIONAL),
    roots: fc.record({ listChanged: fc.boolean() }, OPTIONAL),
  },
  OPTIONAL,
);

/** Five bytes of seconds. */
const createdAt = fc.integer({ min: 0, max: 2 ** 40 - 1 }).map((seconds) => seconds * 1000);

const innerFacts = fc.record(
  { revision: fc.constantFrom(...LEGACY_REVISIONS), capabilities, createdAt },
  { noNullPrototype: true },
);

const BINDING = { target: 'all', principal: '' };

/** Ids of our nodes, of nodes of the original branch, and of whoever else. */
const inner = fc.oneof(
  innerFacts.map((facts) => mintInnerId(facts, BINDING)),
  fc.uuid(),
  visibleAscii(1, 60),
);
const sessionId: fc.Arbitrary<SessionId> = fc.record({ tag: base64url(TAG_LENGTH), inner }, { noNullPrototype: true });
const binding: fc.Arbitrary<SessionBinding> = fc.record({ target: anyText(12), principal: anyText(12) });
const secret = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const secrets = fc.uniqueArray(secret, { minLength: 1, maxLength: 3 });

const part = fc.double({ min: 0, max: 1, noNaN: true });

/** The shape of an id, with a mac of as many characters but not as many bytes. */
const shaped = fc
  .tuple(
    base64url(TAG_LENGTH),
    anyText(10),
    fc.string({ unit: fc.constantFrom('A', 'é', '\ud800'), minLength: 22, maxLength: 22 }),
  )
  .map((parts) => parts.join('.'));

/** One that was issued. */
const issued = fc.record({ id: sessionId, binding });

/** `elicitation: {}` and `{ form: {} }` mean the same, and `listChanged: false` is the default. */
function meaningOf({ sampling, elicitation, roots }: ClientCapabilities): ClientCapabilities {
  return {
    ...(sampling === undefined ? {} : { sampling }),
    ...(elicitation === undefined ? {} : { elicitation: elicitation.url === undefined ? {} : elicitation }),
    ...(roots === undefined ? {} : { roots: roots.listChanged === true ? { listChanged: true } : {} }),
  };
}

function opensWhatItSealed(id: SessionId, bound: SessionBinding, first: string, others: string[], place: number): void {
  const position = place % (others.length + 1);
  const inForce = [...others.slice(0, position), first, ...others.slice(position)];
  deepStrictEqual(openSessionId(sealSessionId(id, bound, [first, ...others]), bound, inForce), id);
  deepStrictEqual(openSessionId(sealSessionId(id, bound, []), bound, []), id);
}

interface Forgery {
  known: { id: SessionId; binding: SessionBinding }[];
  edits: Edit[];
  binding: SessionBinding;
  secrets: string[];
  /** Where id, target and principal are parted anew, as parts of their length together. */
  parting: [number, number];
}

/** An id for a longer or shorter target, with the mac of another one: the same letters, parted otherwise. */
function opensNoOtherParting({ known, secrets: inForce, parting }: Forgery): void {
  const [{ id, binding: bound }] = known as [Forgery['known'][0]];
  const letters = id.inner + bound.target + bound.principal;
  const [first = 0, second = 0] = parting.map((part) => Math.floor(part * letters.length)).sort((a, b) => a - b);
  const [other, target, principal] = [letters.slice(0, first), letters.slice(first, second), letters.slice(second)];
  if (other === id.inner && target === bound.target) return;
  const mac = sealSessionId(id, bound, inForce).slice(-22);
  strictEqual(openSessionId(`${id.tag}.${other}.${mac}`, { target, principal }, inForce), undefined);
}

/** What opens must be one of those that were issued, letter by letter and for its own binding. */
function opensOnlyWhatWasIssued({ known, edits: changes, binding: tried, secrets: inForce }: Forgery): void {
  const texts = known.map((one) => sealSessionId(one.id, one.binding, inForce));
  const text = edited(texts[0] ?? '', texts[1] ?? '', changes);
  for (const bound of [tried, ...known.map((one) => one.binding)]) {
    const opened = openSessionId(text, bound, inForce);
    if (opened === undefined) continue;
    const genuine = known.some(
      (one, index) =>
        texts[index] === text && one.binding.target === bound.target && one.binding.principal === bound.principal,
    );
    if (!genuine) throw new Error(`${JSON.stringify(text)} opened for ${JSON.stringify(bound)}`);
  }
}

function takesAnyText(text: string, bound: SessionBinding, inForce: string[]): void {
  strictEqual(openSessionId(text, bound, inForce), undefined);
  openSessionId(text, bound, []);
  readInnerId(text);
  bearerToken(text);
  secretsMatch(text, inForce[0] ?? '');
}

/** Session ids and inner ids (cluster/session-id.ts, cluster/inner-id.ts). */
export const SESSION_IDS: readonly Property[] = [
  pure(
    'session ids: one that was issued opens, also while secrets rotate',
    4_000,
    300,
    fc.property(sessionId, binding, secret, fc.array(secret, { maxLength: 2 }), fc.nat(2), opensWhatItSealed),
  ),
  pure(
    'session ids: a changed or spliced one opens nothing',
    8_000,
    600,
    fc.property(
      fc.record({ known: fc.tuple(issued, issued), edits, binding, secrets, parting: fc.tuple(part, part) }),
      (forgery) => {
        opensOnlyWhatWasIssued(forgery);
        opensNoOtherParting(forgery);
      },
    ),
  ),
  pure(
    'session ids: no text makes the reader throw or opens by chance',
    4_000,
    300,
    fc.property(fc.oneof(anyText(600), visibleAscii(0, 80), base64url(32), shaped), binding, secrets, takesAnyText),
  ),
  pure(
    'inner ids: revision, capabilities and time are not lost',
    3_000,
    300,
    fc.property(innerFacts, (facts) =>
      deepStrictEqual(readInnerId(mintInnerId(facts, BINDING)), {
        ...facts,
        capabilities: meaningOf(facts.capabilities),
      }),
    ),
  ),
];
