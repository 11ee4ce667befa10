import { createHash, createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { bearerToken } from '../../cluster/token.ts';
import { bearerAuthRequired, enabledBearerKeys } from '../../settings/bearer-keys.ts';
import type { BearerKey } from '../../settings/schema.ts';
import type { SettingsSource } from '../../settings/store.ts';
import { searchedTarget } from '../../settings/targets.ts';
import type { Catalog } from '../nodes/catalog.ts';

/** On whose behalf a request comes. */
export interface Principal {
  /** Part of what session ids are bound to; `''` when nobody has to say who they are. */
  readonly id: string;
  /** Stands for `id` where the id itself need not be known; empty for `''`. */
  readonly hash: string;
  /** Key material for session ids, the first signs. */
  readonly secrets: readonly string[];
  /** Opens every target, and the reading part of the management API. */
  readonly all: boolean;
  allows(target: string): boolean;
}

export interface Principals {
  /** Whether the coordinator asks for keys, and so consumes the `Authorization` header. */
  required(): boolean;
  /** @returns who it is, or why it is nobody, in the words of MCPHub's 401 */
  authenticate(authorization: string | undefined): Principal | 'No authorization provided' | 'Invalid bearer token';
}

interface Table {
  from: unknown;
  required: boolean;
  anonymous: Principal;
  byDigest: Map<string, Principal>;
}

/**
 * Bearer keys of the settings as principals. A token is looked up by its digest, so that the time of the look-up tells
 * nothing of any token.
 * @param clusterSecrets the cluster secrets; without one, a principal's own token signs its session ids
 * @param onNewSecrets called when they have become others, so that what was checked with them is checked anew
 */
export function createPrincipals(
  settings: SettingsSource,
  clusterSecrets: () => readonly string[],
  catalog: Catalog,
  onNewSecrets: () => void = () => {},
): Principals {
  let table: Table | undefined;
  /** Digests of tokens seen lately, so that each is hashed once. */
  const recent = new Map<string, Principal>();

  /** Whether settings leave a target to anybody: a search over all servers is closed with the route to them. */
  function isOpen(target: string): boolean {
    if (settings.current.systemConfig.routing.enableGlobalRoute) return true;
    return target === '' || permissionOf(target, catalog) !== '';
  }

  function current(): Table {
    if (table?.from === settings.current) return table;
    recent.clear();
    const secrets = clusterSecrets();
    if (table !== undefined && !isDeepStrictEqual(table.anonymous.secrets, secrets)) onNewSecrets();
    table = {
      from: settings.current,
      required: bearerAuthRequired(settings.current),
      anonymous: { id: '', hash: '', secrets, all: true, allows: isOpen },
      byDigest: new Map(),
    };
    for (const key of enabledBearerKeys(settings.current)) {
      table.byDigest.set(digest(key.token), principalOf(key, secrets, catalog, isOpen));
    }
    return table;
  }

  return {
    required: () => current().required,
    authenticate(authorization) {
      const { required, anonymous, byDigest } = current();
      if (!required) return anonymous;
      if (authorization === undefined) return 'No authorization provided';
      const known = recent.get(authorization);
      if (known !== undefined) return known;
      const token = bearerToken(authorization);
      const principal = token === undefined ? undefined : byDigest.get(digest(token));
      if (principal === undefined) return 'Invalid bearer token';
      if (recent.size >= 1_000) recent.clear();
      recent.set(authorization, principal);
      return principal;
    },
  };
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function principalOf(
  key: BearerKey,
  secrets: readonly string[],
  catalog: Catalog,
  isOpen: (target: string) => boolean,
): Principal {
  const all = key.accessType === 'all';
  const id = key.id ?? `key:${digest(key.token).slice(0, 16)}`;
  return {
    id,
    hash: digest(id).slice(0, 16),
    secrets: secrets.length > 0 ? secrets : [signingSecret(key.token)],
    all,
    allows: all ? isOpen : (target) => keyOpens(key, target, catalog),
  };
}

/** A key for session ids that only the holder of the token and the coordinators can know. */
function signingSecret(token: string): string {
  return createHmac('sha256', token).update('mcphub session ids').digest('base64url');
}

function keyOpens(key: BearerKey, asked: string, catalog: Catalog): boolean {
  const target = permissionOf(asked, catalog);
  if (target === '') return false;
  const byGroup = key.accessType !== 'servers';
  const byServer = key.accessType !== 'groups';
  const groups = new Set(key.allowedGroups);
  const servers = new Set(key.allowedServers);
  const found = catalog.resolve(target);
  if (found === undefined) return (byGroup && groups.has(target)) || (byServer && servers.has(target));
  if (found.kind === 'group') {
    if (byGroup && (groups.has(found.id) || groups.has(found.name))) return true;
    return byServer && found.servers.length > 0 && found.servers.every(({ name }) => servers.has(name));
  }
  return found.kind === 'server' && byServer && servers.has(found.name);
}

/** A smart target needs the permission of what it searches; a literal group or server of such a name is itself. */
function permissionOf(target: string, catalog: Catalog): string {
  const searched = searchedTarget(target);
  if (searched === undefined) return target;
  const found = catalog.resolve(target);
  return found === undefined || found.kind === 'smart' ? searched : target;
}

/** Names of the targets that a principal may use, for error messages. */
export function targetsOf(principal: Principal, catalog: Catalog): string {
  const names = [...catalog.groups().map(({ name }) => name), ...catalog.servers()];
  const open = [...new Set(names)].filter((name) => principal.allows(name));
  return open.length === 0 ? 'none' : open.sort().join(', ');
}
