/** Text between the expressions of a URI template (RFC 6570), and the expressions, which stay as they are. */
const EXPRESSION = /(\{[^{}]*\})/;

/** Inside of an expression these would end a part of the URI, so others, which no encoded text has, stand for them meanwhile. */
const DELIMITERS = '?#/:';
const STAND_INS = '\uE000\uE001\uE002\uE003';

/** Scheme, authority, path up to a query, a fragment, or an expression that stands for one, and the rest (RFC 3986, appendix B). */
const PARTS = /^([^:/?#{]+:)?(\/\/(?:[^/?#{]|\{(?![\uE000\uE001&]))*)?((?:[^?#{]|\{(?![\uE000\uE001&]))*)(.*)$/s;

/** What a URI has as an escape only (RFC 3986, section 2). */
const NOT_IN_A_URI = /[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+/gu;

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  'http:': '80',
  'ws:': '80',
  'https:': '443',
  'wss:': '443',
  'ftp:': '21',
};

/**
 * One spelling for all URIs that mean the same (RFC 3986, sections 6.2.2 and 6.2.3): case of scheme, host and escapes, escapes of
 * what needs none, dot segments, the default port, and `/` where it is the whole path. Expressions of a template stay.
 */
export function normalUri(uri: string): string {
  const text = uri
    .split(EXPRESSION)
    .map((part, position) => (position % 2 === 1 ? veiled(part) : escaped(part)))
    .join('');
  const [, scheme = '', authority, path = '', rest = ''] = PARTS.exec(text) ?? [];
  const known = scheme.toLowerCase();
  const host = authority === undefined ? '' : normalAuthority(known, authority);
  const plain = withoutDotSegments(path);
  return unveiled(`${known}${host}${authority !== undefined && plain === '/' ? '' : plain}${rest}`);
}

/**
 * All that a server may take a URI for, in one spelling each, the strictest first: the URI, what is left of it without its
 * fragment, what parsers of the WHATWG make of it, and what it is with all escapes resolved.
 */
export function meaningsOf(uri: string): string[] {
  const parsed = URL.parse(uri)?.href ?? uri;
  const loose = [uri, parsed, resolved(uri), resolved(parsed)].map((text) => normalUri(text.replace(/#.*$/s, '')));
  return [...new Set([normalUri(uri), ...loose])];
}

function veiled(expression: string): string {
  return expression.replace(/[?#/:]/g, (delimiter) => STAND_INS[DELIMITERS.indexOf(delimiter)] ?? delimiter);
}

function unveiled(text: string): string {
  return text.replace(/[\uE000-\uE003]/g, (standIn) => DELIMITERS[STAND_INS.indexOf(standIn)] ?? standIn);
}

/** Escapes in capitals, and only where they are needed. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(NOT_IN_A_URI, encodeURIComponent)
    .replace(/%(?![0-9A-Fa-f]{2})/g, '%25')
    .replace(/%[0-9A-Fa-f]{2}/g, (sequence) => {
      const character = String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
      return /[A-Za-z0-9\-._~]/.test(character) ? character : sequence.toUpperCase();
    });
}

/** The URI with the text that its escapes stand for; those that are no UTF-8 stay. */
function resolved(uri: string): string {
  return uri.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

function normalAuthority(scheme: string, authority: string): string {
  const at = authority.lastIndexOf('@') + 1;
  const host = authority.slice(at).toLowerCase();
  const port = /:(\d*)$/.exec(host);
  const isUseless = port !== null && (port[1] === '' || port[1] === DEFAULT_PORTS[scheme]);
  return `${at === 0 ? '' : authority.slice(0, at)}${isUseless ? host.slice(0, port.index) : host}`;
}

/** RFC 3986, section 5.2.4. */
function withoutDotSegments(path: string): string {
  if (!path.includes('.')) return path;
  const segments = path.split('/');
  const isRooted = segments[0] === '';
  const kept: string[] = [];
  segments.forEach((segment, position) => {
    const isLast = position === segments.length - 1;
    if (segment === '..' && kept.length > (isRooted ? 1 : 0)) kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (isLast) kept.push('');
  });
  return kept.join('/');
}
