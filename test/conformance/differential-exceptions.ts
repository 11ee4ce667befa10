import { META } from '../../mcp/modern.ts';
import type { RpcMessage } from '../support/clients.ts';

/** Where a script was run. */
export interface Side {
  /** What stands before the names of tools and prompts. */
  prefix: string;
  /** Whether lists hold what other servers have too, and the hub speaks for all of them. */
  aggregated: boolean;
}

export const DIRECT: Side = { prefix: '', aggregated: false };

/** What one request was answered with, without its id. */
export interface Seen {
  status: number;
  messages: Json[];
}

type Json = Record<string, unknown>;
type Change = (message: Json, side: Side) => Json;

/** What may differ between the server itself and the server behind the hub, and why; everything else must be equal. */
export const EXCEPTIONS: readonly { what: string; why: string; apply: Change }[] = [
  {
    what: 'names',
    why: 'on routes of several servers the name of the server stands before them, and the lists hold those of other servers',
    apply: onResult((result, { prefix }) => ({ ...result, ...ownItems(result, prefix) })),
  },
  {
    what: 'ttlMs and cacheScope of lists',
    why: 'servers of a hub come and go, so it says itself for how long a list holds',
    apply: onResult((result) => (isList(result) ? { ...result, ttlMs: 0, cacheScope: 'any' } : result)),
  },
  {
    what: '_meta with serverInfo',
    why: 'the SDK stamps each result, the hub only those that are of one server; a SHOULD of 2026-07-28',
    apply: onResult(({ _meta, ...result }, { aggregated }) => {
      const { [META.serverInfo]: info, ...rest } = (_meta ?? {}) as Json;
      const stamp = isList(result) || aggregated || info === undefined ? {} : { [META.serverInfo]: info };
      const meta = { ...rest, ...stamp };
      return Object.keys(meta).length === 0 ? result : { ...result, _meta: meta };
    }),
  },
  {
    what: 'capabilities',
    why: 'lists may change at any time at a hub, and it has log lines of its own; routes of several servers have those of all',
    apply: onResult((result, { aggregated }) => {
      if (result.capabilities === undefined) return result;
      return { ...result, capabilities: aggregated ? {} : withoutListChanged(result.capabilities as Json) };
    }),
  },
  {
    what: 'instructions and serverInfo of routes of several servers',
    why: 'there the hub introduces itself',
    apply: onResult(({ instructions, serverInfo, ...result }, { aggregated }) => ({
      ...result,
      ...(aggregated || instructions === undefined ? {} : { instructions }),
      ...(aggregated || serverInfo === undefined ? {} : { serverInfo }),
    })),
  },
  {
    what: 'requestState',
    why: 'the hub writes into it which node has to get it back',
    apply: onResult((result) => (result.requestState === undefined ? result : { ...result, requestState: 'state' })),
  },
  {
    what: 'message and data of errors',
    why: 'the hub refuses by itself what it need not ask a server for, with a code of its own and what would be right',
    apply: (message) => {
      const { code, data } = (message.error ?? {}) as { code?: number; data?: Json };
      if (code === undefined) return message;
      return { ...message, error: { code, ...(data?.supported === undefined ? {} : { supported: data.supported }) } };
    },
  },
];

/** A reply as it is compared. */
export function comparable(status: number, events: readonly RpcMessage[], side: Side): Seen {
  const messages = events.map(({ id: _id, jsonrpc: _version, ...message }) =>
    EXCEPTIONS.reduce<Json>((changed, { apply }) => apply(changed, side), message as Json),
  );
  return { status, messages };
}

function onResult(change: Change): Change {
  return (message, side) =>
    message.result === undefined ? message : { ...message, result: change(message.result as Json, side) };
}

const LISTS = ['tools', 'prompts', 'resources', 'resourceTemplates'];

function isList(result: Json): boolean {
  return LISTS.some((list) => Array.isArray(result[list])) || result.supportedVersions !== undefined;
}

/** The fixture's own items under their own names; its resources are known by their scheme. */
function ownItems(result: Json, prefix: string): Json {
  const own: Json = {};
  for (const list of LISTS) {
    const items = result[list] as (Json & { name: string; uri?: string; uriTemplate?: string })[] | undefined;
    if (!Array.isArray(items)) continue;
    own[list] = items.flatMap((item) => {
      const uri = item.uri ?? item.uriTemplate;
      if (uri !== undefined) return uri.startsWith('test://') ? [item] : [];
      return item.name.startsWith(prefix) ? [{ ...item, name: item.name.slice(prefix.length) }] : [];
    });
  }
  return own;
}

function withoutListChanged({ logging: _logging, ...capabilities }: Json): Json {
  const entries = Object.entries(capabilities).map(([name, value]) => {
    const { listChanged: _changed, ...rest } = value as Json;
    return [name, rest];
  });
  return Object.fromEntries(entries);
}

/** The params of a step with the names that a side has. */
export function renamed(params: Json = {}, { prefix }: Side): Json {
  const { name, ref } = params as { name?: unknown; ref?: Json };
  return {
    ...params,
    ...(typeof name === 'string' ? { name: prefix + name } : {}),
    ...(typeof ref?.name === 'string' ? { ref: { ...ref, name: prefix + ref.name } } : {}),
  };
}
