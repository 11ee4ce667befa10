import { INTERNAL_ERROR, INVALID_PARAMS } from '../../mcp/errors.ts';
import { META } from '../../mcp/modern.ts';
import type { RpcReply } from '../support/clients.ts';

/** Where a script was run. */
export interface Side {
  /** What stands before the names of tools and prompts. */
  prefix: string;
  /** Whether lists hold what other servers have too, and the hub speaks for all of them. */
  aggregated: boolean;
}

export const DIRECT: Side = { prefix: '', aggregated: false };

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
    what: 'serverInfo in the _meta of lists, and of server/discover on routes of several servers',
    why: 'lists may be of several servers; a SHOULD of 2026-07-28',
    apply: onResult(({ _meta, ...result }, { aggregated }) => {
      const { [META.serverInfo]: info, ...rest } = (_meta ?? {}) as Json;
      const owned = isListing(result) || (aggregated && result.supportedVersions !== undefined);
      const meta = { ...rest, ...(owned || info === undefined ? {} : { [META.serverInfo]: info }) };
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
    what: 'the progress token that a tool shows',
    why: 'tokens are unique for each connection to a server, so the hub has its own there',
    apply: onResult((result) => {
      const [first] = (result.content ?? []) as { text?: string }[];
      return /^(p-1|\d+)$/.test(first?.text ?? '') ? { ...result, content: 'the token' } : result;
    }),
  },
  {
    what: 'message and data of errors, and -32603 of the SDK for params that are wrong',
    why: 'the hub refuses by itself what it need not ask a server for, with a code of its own and what would be right',
    apply: (message) => {
      const { code: given, data } = (message.error ?? {}) as { code?: number; data?: Json };
      if (given === undefined) return message;
      const code = given === INTERNAL_ERROR && data?.code === undefined ? INVALID_PARAMS : given;
      return { ...message, error: { code, ...(data?.supported === undefined ? {} : { supported: data.supported }) } };
    },
  },
];

/** What a script has seen, by title of the step. */
export type Script = Map<string, readonly Reply[]>;
type Reply = Pick<RpcReply, 'status' | 'events'>;

/** @returns the steps that differ, with what they were answered with; an empty text when there are none */
export function differences(routed: Script, direct: Script, side: Side): string {
  const lines: string[] = [];
  for (const [title, replies] of direct) {
    const seen = JSON.stringify((routed.get(title) ?? []).map((reply) => comparable(reply, side)));
    const wanted = JSON.stringify(replies.map((reply) => comparable(reply, { ...side, prefix: '' })));
    if (seen !== wanted) lines.push(`${title}\n  hub:    ${seen.slice(0, 600)}\n  direct: ${wanted.slice(0, 600)}`);
  }
  return lines.join('\n');
}

/** A reply as it is compared: without ids, and the keys of objects in order. */
function comparable({ status, events }: Reply, side: Side): unknown {
  const messages = events.map(({ id: _id, jsonrpc: _version, ...message }) =>
    EXCEPTIONS.reduce<Json>((changed, { apply }) => apply(changed, side), message as Json),
  );
  return sorted({ status, messages });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

function onResult(change: Change): Change {
  return (message, side) =>
    message.result === undefined ? message : { ...message, result: change(message.result as Json, side) };
}

const LISTS = ['tools', 'prompts', 'resources', 'resourceTemplates'];

function isList(result: Json): boolean {
  return LISTS.some((list) => Array.isArray(result[list])) || result.supportedVersions !== undefined;
}

function isListing(result: Json): boolean {
  return LISTS.some((list) => Array.isArray(result[list]));
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
