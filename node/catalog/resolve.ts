import { NodeError } from '../errors.ts';
import type { Hub } from '../hub.ts';
import type { Session } from '../sessions/session.ts';
import { list } from './listing.ts';
import type { ListKind } from './lists.ts';
import { bareName, isAllowed, type Place } from './merge.ts';
import { MAX_NAME_LENGTH } from './names.ts';
import { matchesTemplate } from './uri-template.ts';
import type { View, ViewServer } from './view.ts';

const KIND_WORD = { tools: 'tool', prompts: 'prompt' } as const;

/**
 * Which server has a tool or prompt, and its bare name there. A name that its prefix alone decides is resolved without
 * any list, so that a call never waits for other servers.
 * @throws NodeError MCPHUB_NAME_UNKNOWN or MCPHUB_DISABLED
 */
export async function resolveName(hub: Hub, session: Session, kind: 'tools' | 'prompts', name: string): Promise<Place> {
  const view = hub.view(session);
  const place = (await byPrefix(hub, session, view, kind, name)) ?? (await list(hub, session, kind)).index.get(name);
  if (place === undefined) throw unknownName(view, kind, name);
  if (!isAllowed(kind, place.server, place.name, view.separator)) {
    throw new NodeError('MCPHUB_DISABLED', { kind: KIND_WORD[kind], name });
  }
  return place;
}

async function byPrefix(
  hub: Hub,
  session: Session,
  view: View,
  kind: 'tools' | 'prompts',
  name: string,
): Promise<Place | undefined> {
  const places = view.servers.flatMap((server) => {
    const bare = bareName(view, server, name);
    return bare === undefined ? [] : [{ server, name: bare }];
  });
  const [only] = places;
  if (only === undefined || places.length > 1) return undefined;
  const ambiguous = view.kind === 'server' ? only.name !== name : name.length === MAX_NAME_LENGTH;
  if (!ambiguous) return only;
  // Only a list tells whether a server's own name begins like its prefix, or a name was cut and carries a hash.
  return (await list(hub, session, kind)).index.get(name) ?? only;
}

function unknownName(view: View, kind: 'tools' | 'prompts', name: string): NodeError {
  const servers = view.servers.map(({ hosted }) => hosted.name).join(', ') || 'none';
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
export async function resolveUri(hub: Hub, session: Session, uri: string): Promise<ViewServer[]> {
  const view = hub.view(session);
  const allowed = view.servers.filter((server) => isAllowed('resources', server, uri, view.separator));
  if (allowed.length === 0 && view.servers.length > 0)
    throw new NodeError('MCPHUB_DISABLED', { kind: 'resource', name: uri });
  if (view.servers.length === 1) return [...view.servers];
  const listed = (await list(hub, session, 'resources')).index.get(uri);
  if (listed !== undefined) return [listed.server];
  const templates = (await list(hub, session, 'templates')).index;
  const matching = new Set<ViewServer>();
  for (const [template, place] of templates) if (matchesTemplate(template, uri)) matching.add(place.server);
  if (matching.size > 0) return [...matching];
  return allowed.filter(({ hosted }) => hosted.host.known?.capabilities.resources !== undefined);
}

/** The server whose list has this item. */
export async function ownerOf(
  hub: Hub,
  session: Session,
  kind: ListKind,
  key: string,
): Promise<ViewServer | undefined> {
  return (await list(hub, session, kind)).index.get(key)?.server;
}
