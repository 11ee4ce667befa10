import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import fc from 'fast-check';
import { type Classifier, createClassifier, encodeTarget, type Route } from '../../router/edge/classify.ts';
import type { RouterError } from '../../router/errors.ts';
import { anyCase, latin1, visibleAscii } from './arbitrary/texts.ts';
import { type Property, pure } from './property.ts';

const BASES = ['', '/hub', '/a/b'];
/** One for each base path, as a coordinator has one for its life: what it remembers must never change an answer. */
const classifiers = new Map(BASES.map((base) => [base, createClassifier(base)]));

const base = fc.constantFrom(...BASES);
const method = fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'HEAD', 'PATCH', 'OPTIONS', 'PROPFIND');
const head = fc.record({
  sessionId: fc.option(fc.oneof(visibleAscii(0, 40), latin1(20), visibleAscii(500, 530)), { nil: undefined }),
  protocolVersion: fc.option(
    fc.oneof(fc.constantFrom('2024-11-05', '2025-06-18', '2026-07-28', '2027-01-01', '9999-99-99', ''), latin1(12)),
    { nil: undefined },
  ),
});

const kind = fc.constantFrom('mcp', 'sse', 'messages');
const segment = fc.oneof(
  kind.chain(anyCase),
  fc.constantFrom('health', 'api', '..', '.', '', '%', '%2f', '%00', '%ff', '%c3%a9'),
  visibleAscii(0, 10),
  latin1(6),
);
const query = fc.oneof(
  fc.constantFrom(
    '',
    '?',
    '?sessionId=',
    '?sessionId=a',
    '?sessionId=a&sessionId=b',
    '?x=1&sessionId=%41&y=%',
    '??',
    '?%zz',
  ),
  visibleAscii(0, 30).map((text) => `?${text}`),
);
const origin = fc.oneof(
  fc.constantFrom('', 'http://localhost'),
  fc.constantFrom('HTTPS://u:p@[::1]:80', 'http:/', 'ftp://x', 'http://'),
);
const path = fc.oneof(
  kind.chain(anyCase),
  fc.tuple(kind, segment).map((parts) => parts.join('/')),
  fc.array(segment, { maxLength: 4 }).map((parts) => parts.join('/')),
);
const url = fc.tuple(origin, base, path, query).map(([from, below, at, rest]) => `${from}${below}/${at}${rest}`);

function classifier(below: string): Classifier {
  return classifiers.get(below) as Classifier;
}

function isRoute(answer: Route | RouterError | undefined): answer is Route {
  return answer !== undefined && !('status' in answer);
}

function answersAlike(below: string, verb: string, target: string, given: Parameters<Classifier>[2]): void {
  const answer = classifier(below)(verb, target, given);
  deepStrictEqual(classifier(below)(verb, target, given), answer);
  deepStrictEqual(createClassifier(below)(verb, target, given), answer);
  if (answer === undefined) return;
  if (!isRoute(answer)) return ok(answer.status === 400 || answer.status === 405);
  ok(new RegExp(`^/${answer.kind}(/|$)`).test(answer.path) && !answer.path.includes('?'));
  ok(answer.query === '' || answer.query.startsWith('?'));
  if (answer.sessionId !== undefined) ok(/^[\x21-\x7e]{1,512}$/.test(answer.sessionId));
  if (answer.kind === 'messages') {
    ok(answer.sessionId !== undefined);
    strictEqual(new URLSearchParams(answer.query).has('sessionId'), false);
  }
  if (answer.era === 'modern') strictEqual(answer.sessionId, undefined);
}

const name = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).map((text) => text.replaceAll('/', '.')),
  fc.string({ unit: fc.constantFrom(...'a?#%+&=;@ .é'), minLength: 1, maxLength: 5 }),
);
/** A group or server; a slash may be part of it, but not at its end. */
const targetName = fc.array(name, { minLength: 0, maxLength: 3 }).map((names) => names.join('/'));

function comesBack(below: string, target: string, from: string, rest: string): void {
  const path = `${below}/mcp${encodeTarget(target)}`;
  const none = { sessionId: undefined, protocolVersion: undefined };
  const answer = classifier(below)('POST', `${from}${path}${rest}`, none);
  ok(isRoute(answer), `${path} is no route`);
  deepStrictEqual(
    { kind: answer.kind, target: answer.target, path: below + answer.path, query: answer.query },
    { kind: 'mcp', target, path, query: rest },
  );
}

/** Routes (router/edge/classify.ts). */
export const ROUTES: readonly Property[] = [
  pure(
    'routes: any method, URL and head gets one lasting answer',
    5_250,
    400,
    fc.property(
      base,
      method,
      fc.oneof({ weight: 9, arbitrary: url }, { weight: 1, arbitrary: latin1(40) }),
      head,
      answersAlike,
    ),
  ),
  pure(
    'routes: a target comes back as it was encoded',
    3_000,
    300,
    fc.property(
      base,
      targetName,
      fc.constantFrom('', 'http://localhost:3000'),
      query.filter((text) => !text.includes('#')),
      comesBack,
    ),
  ),
];
