/**
 * Why a text is not an `http:` or `https:` address that paths can be appended to; undefined when it is one. The answer never has
 * the text, which may be, or hold, a secret.
 */
export function httpUrlProblem(text: string): string | undefined {
  const right = 'write one such as http://coordinator:3000';
  if (!URL.canParse(text)) return `it is not an http or https URL; ${right}`;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `it is not an http or https URL; ${right}`;
  if (url.username !== '' || url.password !== '') return `a URL here cannot hold a user or password; ${right}`;
  if (url.search !== '' || url.hash !== '') return `a URL here cannot have a query or fragment; ${right}`;
  return undefined;
}

/** The URL without a slash at its end, so that a path can be appended. */
export function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
