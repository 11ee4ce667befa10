import { isObject } from './path.ts';

/** Words for transports in the files of other programs: case, `-` and `_` aside. */
const TRANSPORT_WORDS: Readonly<Record<string, string>> = {
  http: 'streamable-http',
  streamable: 'streamable-http',
  streamablehttp: 'streamable-http',
  httpstream: 'streamable-http',
  sse: 'sse',
  stdio: 'stdio',
  local: 'stdio',
  openapi: 'openapi',
};

/** Keys of other programs that say what a key of ours says, in the order in which they count. */
const SAME_MEANING = [
  ['httpUrl', 'url'],
  ['serverUrl', 'url'],
  ['transport', 'type'],
  ['transportType', 'type'],
  ['environment', 'env'],
  ['isActive', 'enabled'],
] as const;

/** Keys of `mcpServers.<name>` that only other programs write, and that are understood. */
export const DIALECT_KEYS = [
  ...SAME_MEANING.map(([key]) => key),
  'disabled',
  'disabledTools',
  'excludeTools',
  'includeTools',
  'visibility',
  'sharedWithUsers',
] as const;

/** An entry of `mcpServers` in our own words. */
export interface Translated {
  readonly entry: unknown;
  /** Our key to the one that the file has in its place. */
  readonly written: ReadonlyMap<string, string>;
}

type Entry = Record<string, unknown>;

/**
 * The servers of a file under `mcpServers`, where VS Code (`servers`, in its settings below `mcp`) and Zed (`context_servers`) have
 * them under other keys. Where `mcpServers` is there as well, its entries win.
 */
export function serversInPlace(raw: unknown): unknown {
  if (!isObject(raw)) return raw;
  const { servers, context_servers, mcp, ...rest } = raw;
  const below = isObject(mcp) && isObject(mcp.servers) ? mcp.servers : undefined;
  const maps = [below, context_servers, servers].filter((map) => map !== undefined);
  if (maps.length === 0) return raw;
  const others = below === undefined && mcp !== undefined ? { ...rest, mcp } : rest;
  const [first] = maps;
  if (!maps.every(isObject) || (rest.mcpServers !== undefined && !isObject(rest.mcpServers))) {
    return { ...others, mcpServers: rest.mcpServers ?? first };
  }
  return { ...others, mcpServers: Object.assign({}, ...maps, rest.mcpServers) };
}

/**
 * An entry of `mcpServers` as other programs write it (Claude, VS Code, Cursor, Windsurf, Cline, Gemini, Zed, Copilot and more), in
 * our own words. What cannot be understood is left for the schema to refuse.
 *
 * @example translateEntry({ httpUrl: 'https://a/mcp', disabled: true }).entry // { url: 'https://a/mcp', type: 'streamable-http', enabled: false }
 */
export function translateEntry(raw: unknown): Translated {
  const written = new Map<string, string>();
  if (!isObject(raw)) return { entry: raw, written };
  const { refused: _, ...entry }: Entry = raw;
  if (entry.httpUrl !== undefined) {
    entry.type ??= 'streamable-http';
    delete entry.url;
  }
  for (const [theirs, ours] of SAME_MEANING) {
    if (entry[theirs] === undefined || entry[ours] !== undefined) continue;
    entry[ours] = entry[theirs];
    delete entry[theirs];
    written.set(ours, theirs);
  }
  transport(entry);
  commandInParts(entry);
  disabled(entry, written);
  withoutTools(entry);
  return { entry, written };
}

/** `remote` says only that there is a URL. */
function transport(entry: Entry): void {
  if (typeof entry.type !== 'string') return;
  const word = entry.type.toLowerCase().replace(/[-_ ]/g, '');
  if (word === 'remote') delete entry.type;
  else if (Object.hasOwn(TRANSPORT_WORDS, word)) entry.type = TRANSPORT_WORDS[word];
}

/** A program with its arguments in one list (OpenCode), or in an object (Zed). */
function commandInParts(entry: Entry): void {
  const { command } = entry;
  if (Array.isArray(command) && entry.args === undefined) {
    entry.command = command[0];
    entry.args = command.slice(1);
  } else if (isObject(command)) {
    Object.assign(entry, { args: command.args, env: command.env, ...entry, command: command.path });
  }
}

/** Of `enabled` and `disabled`, the one that keeps the server away counts. */
function disabled(entry: Entry, written: Map<string, string>): void {
  if (entry.disabled === undefined) return;
  const value = entry.disabled;
  delete entry.disabled;
  if (value === false) return;
  entry.enabled = value === true ? false : value;
  written.set('enabled', 'disabled');
}

function withoutTools(entry: Entry): void {
  for (const key of ['disabledTools', 'excludeTools']) {
    const names = entry[key];
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) continue;
    if (entry.tools !== undefined && !isObject(entry.tools)) continue;
    const tools = isObject(entry.tools) ? entry.tools : {};
    const off = names.map((name) => [name, { ...(isObject(tools[name]) ? tools[name] : {}), enabled: false }]);
    entry.tools = { ...tools, ...Object.fromEntries(off) };
    delete entry[key];
  }
  // Copilot: all tools.
  if (Array.isArray(entry.tools) && entry.tools.includes('*')) delete entry.tools;
}
