import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';
import { plainNumber } from './numbers.ts';

/** Arguments of tools that clients repeat in `Mcp-Param-*` headers (2026-07-28, basic/transports/streamable-http, "Custom Headers"). */

const KEY = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
const NUMBER = /^-?\d+(\.\d+)?$/;

/** One argument with a header: the way to it through `properties`, and the header in lower case. */
export interface ParamHeader {
  path: readonly string[];
  header: string;
  type: string;
}

/** @returns the headers that a tool's input schema declares, or a sentence that says which declaration is wrong */
export function paramHeaders(inputSchema: unknown): ParamHeader[] | string {
  const found: ParamHeader[] = [];
  const problem = scan(inputSchema, [], true, found);
  return problem ?? found;
}

/** Depth is bounded by the reader of JSON; only `properties` lead to arguments that have a fixed place. */
function scan(node: unknown, path: readonly string[], reachable: boolean, found: ParamHeader[]): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if (!Array.isArray(node) && Object.hasOwn(node, KEY)) {
    const problem = declare(node as Record<string, unknown>, path, reachable, found);
    if (problem !== undefined) return problem;
  }
  for (const [key, child] of Object.entries(node)) {
    const problem =
      key === 'properties' && !Array.isArray(node)
        ? scanProperties(child, path, reachable, found)
        : VALUES.has(key)
          ? undefined
          : scan(child, [...path, key], false, found);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Keywords whose content is data, not schema. */
const VALUES: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples', 'required', KEY]);

function scanProperties(
  properties: unknown,
  path: readonly string[],
  reachable: boolean,
  found: ParamHeader[],
): string | undefined {
  if (typeof properties !== 'object' || properties === null) return undefined;
  for (const [name, child] of Object.entries(properties)) {
    const problem = scan(child, [...path, name], reachable, found);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function declare(
  schema: Record<string, unknown>,
  path: readonly string[],
  reachable: boolean,
  found: ParamHeader[],
): string | undefined {
  const at = path.join('.') || 'the schema itself';
  const name = schema[KEY];
  if (!reachable || path.length === 0) return `${at}: ${KEY} is allowed on properties of objects only`;
  if (typeof name !== 'string' || !TOKEN.test(name)) return `${at}: ${KEY} must be a header token (RFC 9110)`;
  if (!TYPES.has(schema.type)) return `${at}: ${KEY} needs the type string, integer or boolean`;
  const header = `mcp-param-${name.toLowerCase()}`;
  if (found.some((other) => other.header === header)) return `${at}: ${KEY} '${name}' is declared twice`;
  found.push({ path, header, type: schema.type as string });
  return undefined;
}

/** @returns a sentence that says how headers and arguments differ, or undefined when they agree */
export function paramHeaderProblem(
  declared: readonly ParamHeader[],
  args: unknown,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  for (const { path, header, type } of declared) {
    const text = textOf(valueAt(args, path));
    if (text === undefined) continue;
    const given = headers[header];
    if (typeof given !== 'string') return `the argument ${path.join('.')} is given, but the header ${header} is absent`;
    const decoded = decodeHeaderValue(given);
    if (decoded === undefined) return `the header ${header} is not valid base64 of UTF-8`;
    const same = type === 'integer' && NUMBER.test(decoded) ? Number(decoded) === Number(text) : decoded === text;
    if (!same) return `the header ${header} says something else than the argument ${path.join('.')}`;
  }
  return undefined;
}

/** The headers with which a call is sent on. */
export function paramHeadersFor(declared: readonly ParamHeader[], args: unknown): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { path, header } of declared) {
    const text = textOf(valueAt(args, path));
    if (text !== undefined) headers[header] = encodeHeaderValue(text);
  }
  return headers;
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let node = root;
  for (const key of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return undefined;
    node = (node as Record<string, unknown>)[key];
  }
  return node;
}

function textOf(written: unknown): string | undefined {
  const value = plainNumber(written);
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}
