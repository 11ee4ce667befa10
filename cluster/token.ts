import { hash, timingSafeEqual } from 'node:crypto';

/** Bytes in which secrets are compared; the first says how long one is. */
const WIDTH = 256;
const MAX_KNOWN = 64;

/**
 * Compares two secrets in time that tells nothing of the expected one, its length included.
 * @returns false when the presented one is missing
 */
export function secretsMatch(presented: string | undefined, expected: string): boolean {
  if (presented === undefined) return false;
  return timingSafeEqual(inWidth(presented, scratch), known(expected));
}

const scratch = Buffer.alloc(WIDTH);
/** The secrets of a cluster are few, and compared with every request. */
const expectations = new Map<string, Buffer>();

function known(expected: string): Buffer {
  let found = expectations.get(expected);
  if (found === undefined) {
    if (expectations.size >= MAX_KNOWN) expectations.clear();
    found = inWidth(expected, Buffer.alloc(WIDTH));
    expectations.set(expected, found);
  }
  return found;
}

/** Pads a secret to the width of all, which costs a request less than a hash; one that is longer is hashed, with a length of 0. */
function inWidth(secret: string, into: Buffer): Buffer {
  const length = Buffer.byteLength(secret);
  const fits = length < WIDTH;
  into.fill(0);
  into[0] = fits ? length : 0;
  if (fits) into.write(secret, 1);
  else hash('sha256', secret, 'buffer').copy(into, 1);
  return into;
}

/** The token of an `Authorization: Bearer` header value (RFC 6750, section 2.1), if it is one. */
export function bearerToken(authorization: string | undefined): string | undefined {
  const match = /^Bearer +(\S+) *$/i.exec(authorization ?? '');
  return match?.[1];
}
