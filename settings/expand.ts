import type { JsonPath } from './path.ts';

export type Environ = Readonly<Record<string, string | undefined>>;

/** A variable that a string names and the environment lacks. */
export interface UnsetVariable {
  readonly name: string;
  readonly path: JsonPath;
}

/** `${NAME}`, whose default may name variables as well, and `$NAME`. */
const REFERENCE = /\$\{((?:[^{}]|\$\{[^{}]*\})*)\}|\$([A-Z_][A-Z0-9_]*)/g;

/** A variable as a text names it. */
export interface Reference {
  readonly name: string;
  /** The text after `:-`, for when the variable is not set or empty. */
  readonly fallback: string | undefined;
  /** All of it. */
  readonly source: string;
}

/** Puts other texts in the place of the variables that a text names: `${NAME}`, `${NAME:-default}`, `${env:NAME}` and `$NAME`. */
export function replaceReferences(text: string, replace: (reference: Reference) => string): string {
  return text.replace(REFERENCE, (source: string, braced: string | undefined, bare: string | undefined) => {
    const inner = braced ?? bare ?? '';
    const at = inner.indexOf(':-');
    const name = (at < 0 ? inner : inner.slice(0, at)).replace(/^env:/, '');
    return replace({ name, fallback: at < 0 ? undefined : inner.slice(at + 2), source });
  });
}

/**
 * Replaces `${NAME}` and `$NAME` (capitals, digits, underscores) in every string of a JSON value, as MCPHub does: an unset
 * variable is the empty string, there is no escape, and a string in which something was replaced is trimmed, since secrets
 * often end in a newline. As in other programs, `${NAME:-default}` has a default, and `${env:NAME}` is `${NAME}`. What a
 * variable holds is not expanded again, so a password may contain `$`.
 *
 * @param value any JSON value; it is not changed
 * @param env the variables
 * @param path where `value` is, for the report
 * @returns the expanded copy, and the variables that were missing, each with the place that names it
 * @example expand({ url: 'http://${HOST}/mcp' }, { HOST: 'a' }).value // { url: 'http://a/mcp' }
 */
export function expand(value: unknown, env: Environ, path: JsonPath = []): { value: unknown; unset: UnsetVariable[] } {
  const unset: UnsetVariable[] = [];
  return { value: walk(value, env, path, unset), unset };
}

function walk(value: unknown, env: Environ, path: JsonPath, unset: UnsetVariable[]): unknown {
  if (typeof value === 'string') return expandText(value, env, (name) => unset.push({ name, path }));
  if (Array.isArray(value)) return value.map((item, index) => walk(item, env, [...path, index], unset));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, walk(item, env, [...path, key], unset)] as const),
  );
}

function expandText(text: string, env: Environ, missing: (name: string) => void): string {
  if (!text.includes('$')) return text;
  const expanded = replaceReferences(text, ({ name, fallback = '' }) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value) return value;
    const instead = fallback === '' ? '' : expandText(fallback, env, missing);
    if (fallback === '') missing(name);
    return instead;
  });
  return expanded === text ? text : expanded.trim();
}
