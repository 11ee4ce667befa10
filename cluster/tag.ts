import { createHash } from 'node:crypto';

/** Length of every node tag in characters. */
export const TAG_LENGTH = 8;

/**
 * The short name of a node inside session ids: 6 bytes of the SHA-256 of its id, in base64url.
 * It says where a session lives without telling clients what nodes are called.
 */
export function nodeTag(nodeId: string): string {
  return createHash('sha256').update(nodeId).digest().subarray(0, 6).toString('base64url');
}
