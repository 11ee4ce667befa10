import { isDerived, withoutPrefix } from '../../settings/shown-names.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import type { Caller } from '../sessions/caller.ts';
import { itemsOf, list } from './listing.ts';
import type { ListKind } from './lists.ts';
import { isAllowed, isBefore, type Place } from './merge.ts';
import { matchesTemplate } from './uri-template.ts';
import type { View, ViewServer } from './view.ts';

const KIND_WORD = { tools: 'tool', prompts: 'prompt' } as const;

/**
 * Which server has a tool or prompt, and its own name there. A name that its prefix alone decides is resolved without
 * any list, and one that settings gave with the list of its server at most, so that a call never waits for others.
 * @throws NodeError MCPHUB_NAME_UNKNOWN or MCPHUB_DISABLED
 */
export async function resolveName(hub: Hub, caller: Caller, kind: 'tools' | 'prompts', name: string): Promise<Place> {
  const view = hub.view(caller);
  const place = await placeOf(hub, caller, view, kind, name);
  if (place === undefined) throw unknownName(view, kind, name);
  if (!isAllowed(kind, place.server, place.name)) {
    throw new NodeError('MCPHUB_DISABLED', { kind: KIND_WORD[kind], name });
  }
  return place;
}

async function placeOf(
  hub: Hub,
  caller: Caller,
  view: View,
  kind: 'tools' | 'prompts',
  name: string,
): Promise<Place | undefined> {
  if (view.kind === 'server') return placeAtServer(hub, caller, view, kind, name);
  if (isDerived(name)) {
    const { index, missing } = await list(hub, caller, kind);
    const listed = index.get(name);
    const sources = new Set(view.names.sourcesOf(name));
    const isUncertain = view.servers.some(({ prefix, hosted }) => sources.has(prefix) && missing.includes(hosted.name));
    if (listed !== undefined || isUncertain) return listed;
  }
  const prefix = view.names.ownerOf(name);
  const owners = view.servers.filter((server) => server.prefix === prefix);
  const [only] = owners;
  if (prefix === undefined || only === undefined) return undefined;
  const bare = withoutPrefix(prefix, view.separator, name) ?? name;
  if (owners.length === 1) return atServer(hub, caller, only, kind, bare);
  return placeAtOneOf(hub, caller, { view, kind, owners }, bare);
}

/** Only the list tells whether a server's own name begins like its prefix. */
async function placeAtServer(
  hub: Hub,
  caller: Caller,
  view: View,
  kind: 'tools' | 'prompts',
  name: string,
): Promise<Place | undefined> {
  const [server] = view.servers;
  if (server === undefined) return undefined;
  const bare = withoutPrefix(server.prefix, view.separator, name);
  const listed = bare === undefined ? undefined : (await list(hub, caller, kind)).index.get(name);
  return listed ?? atServer(hub, caller, server, kind, bare ?? name);
}

/** Several servers with one prefix: the lists tell which of them has the name, and none does while one that wins may have it. */
async function placeAtOneOf(
  hub: Hub,
  caller: Caller,
  { view, kind, owners }: { view: View; kind: 'tools' | 'prompts'; owners: readonly ViewServer[] },
  bare: string,
): Promise<Place | undefined> {
  const { index, missing } = await list(hub, caller, kind);
  const listed = index.get(view.names.shown(owners[0]?.prefix ?? '', bare));
  if (listed !== undefined) {
    const isUncertain = owners.some((owner) => missing.includes(owner.hosted.name) && isBefore(owner, listed.server));
    return isUncertain ? undefined : listed;
  }
  // None of them lists it, so the one thing left to say is whether it is disabled.
  return owners
    .flatMap((server) => server.policy[kind].candidates(bare).map((own) => ({ server, name: own })))
    .find((place) => !isAllowed(kind, place.server, place.name));
}

/** Which item a server shows under a bare name; several are told apart by its list, if it gives one. */
async function atServer(
  hub: Hub,
  caller: Caller,
  server: ViewServer,
  kind: 'tools' | 'prompts',
  bare: string,
): Promise<Place | undefined> {
  const candidates = server.policy[kind].candidates(bare);
  const [likeliest, second] = candidates;
  if (likeliest === undefined) return undefined;
  if (second === undefined) return { server, name: likeliest };
  const items = (await itemsOf(hub, caller, server.hosted, kind)) ?? [];
  return { server, name: candidates.find((own) => items.some(({ name }) => name === own)) ?? likeliest };
}

function unknownName(view: View, kind: 'tools' | 'prompts', name: string): NodeError {
  const servers = view.servers.map(({ prefix }) => prefix).join(', ') || 'none';
  const hint =
    view.kind === 'server'
      ? `server: ${servers}`
      : `names here are <server>${view.separator}<name>; servers: ${servers}`;
  return new NodeError('MCPHUB_NAME_UNKNOWN', { kind: KIND_WORD[kind], name, hint });
}

/**
 * Which servers may have a resource, the likeliest first: the one that lists it, those with a matching template,
 * else all that have resources.
 * @throws NodeError MCPHUB_DISABLED
 */
export async function resolveUri(hub: Hub, caller: Caller, uri: string): Promise<ViewServer[]> {
  const view = hub.view(caller);
  const allowed = view.servers.filter((server) => isAllowed('resources', server, uri));
  if (allowed.length === 0 && view.servers.length > 0)
    throw new NodeError('MCPHUB_DISABLED', { kind: 'resource', name: uri });
  if (view.servers.length === 1) return [...view.servers];
  const listed = (await list(hub, caller, 'resources')).index.get(uri);
  if (listed !== undefined) return [listed.server];
  const templates = (await list(hub, caller, 'templates')).index;
  const matching = new Set<ViewServer>();
  for (const [template, { server }] of templates) {
    if (allowed.includes(server) && matchesTemplate(template, uri)) matching.add(server);
  }
  if (matching.size > 0) return [...matching];
  return allowed.filter(({ hosted }) => hosted.host.known?.capabilities.resources !== undefined);
}

/** The server whose list has this item. */
export async function ownerOf(hub: Hub, caller: Caller, kind: ListKind, key: string): Promise<ViewServer | undefined> {
  return (await list(hub, caller, kind)).index.get(key)?.server;
}
