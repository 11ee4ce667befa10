import type { JsonPath } from './path.ts';

export type Environ = Readonly<Record<string, string | undefined>>;

/** A variable that a string names and the environment lacks. */
export interface UnsetVariable {
  readonly name: string;
  readonly path: JsonPath;
}

const REFERENCE = /\$\{([^}]*)\}|\$([A-Z_][A-Z0-9_]*)/g;

/**
 * Replaces `${NAME}` and `$NAME` (capitals, digits, underscores) in every string of a JSON value, as MCPHub does: an unset
 * variable is the empty string, there is no default syntax and no escape, and a string in which something was replaced is
 * trimmed, since secrets often end in a newline. What a variable holds is not expanded again, so a password may contain `$`.
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
  const expanded = text.replace(REFERENCE, (_, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare ?? '';
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined || value === '') missing(name);
    return value ?? '';
  });
  return expanded === text ? text : expanded.trim();
}
