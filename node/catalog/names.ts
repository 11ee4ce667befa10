import { createHash } from 'node:crypto';

/** Several model APIs refuse longer tool names. */
export const MAX_NAME_LENGTH = 64;
const HASH_LENGTH = 8;

/**
 * The name under which a route of several servers lists a server's tool or prompt: `<server><separator><name>`,
 * cut to 64 characters with a hash of the whole, so that two long names never become one.
 */
export function exposedName(server: string, separator: string, name: string): string {
  const full = `${server}${separator}${name}`;
  if (full.length <= MAX_NAME_LENGTH) return full;
  const hash = createHash('sha256').update(full).digest('hex').slice(0, HASH_LENGTH);
  return `${full.slice(0, MAX_NAME_LENGTH - HASH_LENGTH - 1)}_${hash}`;
}

/** What follows the server's prefix, or undefined when the name does not carry it. */
export function withoutPrefix(server: string, separator: string, name: string): string | undefined {
  const prefix = `${server}${separator}`;
  return name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : undefined;
}
