import { createHmac, timingSafeEqual } from 'node:crypto';
import { TAG_LENGTH } from './tag.ts';

/**
 * The session id as the client sees it: `<node tag>.<inner id>.<mac>`. Any coordinator routes it without a table.
 * The mac binds it to its target and to the principal that opened it, so that an id alone opens nothing
 * (MCP security best practices, "Session Hijacking"). Without a secret the mac is left out.
 */
export interface SessionId {
  tag: string;
  inner: string;
}

/** What a session belongs to, beside the id itself. */
export interface SessionBinding {
  target: string;
  principal: string;
}

/** 128 bits in base64url. */
const MAC_LENGTH = 22;
/** Longest id that a client may send. */
const MAX_LENGTH = 512;
const INNER = /^[\x21-\x7e]+$/;

/** Whether what a node calls a session can be part of the id that its client has to send (2025-11-25, basic/transports, "Session Management"). */
export function isInnerId(text: string): boolean {
  return text.length <= MAX_LENGTH - TAG_LENGTH - MAC_LENGTH - 2 && INNER.test(text);
}

/**
 * The id to hand to the client.
 * @param secrets the cluster secrets; the first signs, none leaves the mac out
 */
export function sealSessionId(id: SessionId, binding: SessionBinding, secrets: readonly string[]): string {
  const [first] = secrets;
  if (first === undefined) return `${id.tag}.${id.inner}`;
  return `${id.tag}.${id.inner}.${mac(id, binding, first)}`;
}

/**
 * Takes a client's id apart and checks its mac.
 * @param secrets all secrets in force; any of them may have signed
 * @returns undefined for whatever this cluster did not issue for this binding, without saying why
 */
export function openSessionId(
  text: string,
  binding: SessionBinding,
  secrets: readonly string[],
): SessionId | undefined {
  if (text.length > MAX_LENGTH || text[TAG_LENGTH] !== '.') return undefined;
  const tag = text.slice(0, TAG_LENGTH);
  if (secrets.length === 0) {
    const inner = text.slice(TAG_LENGTH + 1);
    return inner === '' ? undefined : { tag, inner };
  }
  const dot = text.length - MAC_LENGTH - 1;
  if (text[dot] !== '.' || dot <= TAG_LENGTH + 1) return undefined;
  const id = { tag, inner: text.slice(TAG_LENGTH + 1, dot) };
  // Compared as text: base64url has several spellings of the same bytes, and a session has one id.
  const presented = Buffer.from(text.slice(dot + 1));
  const valid = secrets.some((secret) => {
    const expected = Buffer.from(mac(id, binding, secret));
    return presented.length === expected.length && timingSafeEqual(presented, expected);
  });
  return valid ? id : undefined;
}

function mac(id: SessionId, binding: SessionBinding, secret: string): string {
  const hmac = createHmac('sha256', secret);
  for (const part of [id.tag, id.inner, binding.target, binding.principal]) hmac.update(`${part.length}:${part}`);
  return hmac.digest().subarray(0, 16).toString('base64url');
}
