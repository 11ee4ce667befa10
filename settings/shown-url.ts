/** Long, with letters and digits. */
const KEY_LIKE = /^(?=.*\d)(?=.*[A-Za-z])[\w~.+=-]{20,}$/;

/**
 * An address as logs and errors show it: without user, password, query and fragment, and without what looks like a key in the path,
 * since some services hand out addresses that are secrets.
 * @example shownUrl(new URL('https://me:pw@host/mcp?key=1')) // 'https://host/mcp'
 */
export function shownUrl({ protocol, host, pathname }: URL): string {
  const path = pathname.split('/').map((part) => (isLikelyKey(part) ? '***' : part));
  return `${protocol}//${host}${path.join('/')}`;
}

/** Whether a part of a path looks like a key rather than a word. */
export function isLikelyKey(part: string): boolean {
  return KEY_LIKE.test(part);
}
