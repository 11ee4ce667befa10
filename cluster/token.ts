import { hash, timingSafeEqual } from 'node:crypto';

const MAX_DIGESTS = 64;

/**
 * Compares two secrets in time that tells nothing of either, their lengths included.
 * @returns false when the presented one is missing
 */
export function secretsMatch(presented: string | undefined, expected: string): boolean {
  if (presented === undefined) return false;
  return timingSafeEqual(digest(presented), digestOf(expected));
}

/** The secrets of a cluster are few, and compared with every request. */
const digests = new Map<string, Buffer>();

function digestOf(expected: string): Buffer {
  let known = digests.get(expected);
  if (known === undefined) {
    if (digests.size >= MAX_DIGESTS) digests.clear();
    known = digest(expected);
    digests.set(expected, known);
  }
  return known;
}

function digest(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** The token of an `Authorization: Bearer` header value (RFC 6750, section 2.1), if it is one. */
export function bearerToken(authorization: string | undefined): string | undefined {
  const match = /^Bearer +(\S+) *$/i.exec(authorization ?? '');
  return match?.[1];
}
