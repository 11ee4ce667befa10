import { DEFAULTS } from '../../settings/defaults.ts';
import type { BearerKeySpec } from '../api/types.ts';
import { coordinatorUrl } from './base-path.ts';
import { defined, isMap, type JsonMap, listOf, mapOf, mergeDeep, ownValue } from './json-map.ts';
import type { RenderContext } from './manifest.ts';
import type { Pool } from './pools.ts';
import { contentOf } from './references.ts';
import { serverEntry } from './server-entry.ts';
import type { SettingsSource } from './settings-source.ts';
import { variable } from './variable.ts';

/** The settings of a role, with the values of the variables that they name. */
export interface SettingsDocument {
  settings: JsonMap;
  variables: Record<string, string>;
}

/** Settings of the coordinators: who may come in, and how sessions find their nodes. They host no server. */
export function coordinatorSettings(context: RenderContext, { document }: SettingsSource): SettingsDocument {
  const { spec, input } = context;
  const keys = spec.auth?.bearerKeys ?? [];
  const { coordinator = {}, stickySession = {} } = spec;
  const settings = {
    ...withoutServers(document),
    ...listField('groups', byName(listOf(document.groups), spec.groups ?? [])),
    ...listField('bearerKeys', byName(listOf(document.bearerKeys), keys.map(bearerKey))),
    systemConfig: systemConfig(context, document, {
      mode: 'coordinator',
      secret: variable('cluster/secret'),
      coordinator: {
        cleanupInterval: coordinator.cleanupInterval,
        drainTimeout: coordinator.drainTimeout,
        stickySessionTimeout: stickySession.timeout,
      },
      stickySession: {
        strategy: stickySession.strategy,
        cookieName: stickySession.cookieName,
        headerName: stickySession.headerName,
      },
    }),
  };
  const tokens = keys.map(({ name, secretKeyRef }) => {
    const value = contentOf({ kind: 'Secret', name: secretKeyRef.name }, input.references)?.[secretKeyRef.key];
    return [`bearer/${name}`, value ?? ''] as const;
  });
  return {
    settings,
    variables: {
      ...Object.fromEntries(tokens),
      ...token(context),
      'cluster/secret': input.credentials.secrets.join(','),
    },
  };
}

/** Settings of the nodes of a pool, with the servers that the pool hosts. */
export function nodeSettings(context: RenderContext, { document }: SettingsSource, pool: Pool): SettingsDocument {
  const { spec, input } = context;
  const entries = pool.servers.map((name) => {
    const under = ownValue(mapOf(document.mcpServers), name);
    const sources = { name, under: isMap(under) ? under : undefined, spec: ownValue(spec.mcpServers, name) };
    return [name, serverEntry(sources, input.references)] as const;
  });
  const settings = {
    mcpServers: Object.fromEntries(entries.map(([name, { entry }]) => [name, entry])),
    ...withoutServers(document),
    ...listField('groups', byName(listOf(document.groups), spec.groups ?? [])),
    systemConfig: systemConfig(context, document, {
      mode: 'node',
      node: { coordinatorUrl: coordinatorUrl(context), drainTimeout: pool.spec.drainTimeout },
    }),
  };
  const variables = entries.map(([, entry]) => entry.variables);
  return { settings, variables: Object.assign({}, ...variables, token(context)) };
}

function token({ input }: RenderContext): Record<string, string> {
  return { 'cluster/token': input.credentials.tokens.join(',') };
}

/** Keys of bearers are the coordinators' alone, servers the nodes'. */
function withoutServers({ mcpServers: _, groups: __, bearerKeys: ___, ...others }: JsonMap): JsonMap {
  return others;
}

interface ClusterFields {
  mode: 'coordinator' | 'node';
  secret?: string;
  node?: JsonMap;
  coordinator?: JsonMap;
  stickySession?: JsonMap;
}

/** `systemConfig` of the document, with what the spec says, and what makes the process a member of this cluster. */
function systemConfig({ spec }: RenderContext, document: JsonMap, fields: ClusterFields): JsonMap {
  const below = mapOf(document.systemConfig);
  // Identities and addresses of another cluster would be wrong here.
  const { token: _, secret: __, node: ___, ...cluster } = mapOf(below.cluster);
  const { nodeTimeout } = spec.coordinator ?? {};
  const own = {
    enabled: true,
    mode: fields.mode,
    token: variable('cluster/token'),
    ...(fields.secret !== undefined && { secret: fields.secret }),
    ...said('node', { heartbeatInterval: heartbeatInterval(nodeTimeout), ...fields.node }),
    ...said('coordinator', { nodeTimeout, ...fields.coordinator }),
    ...said('stickySession', fields.stickySession ?? {}),
  };
  return { ...below, cluster: mergeDeep(cluster, own) };
}

/** A part of the settings, if anything is said in it. */
function said(name: string, fields: JsonMap): JsonMap {
  const part = defined(fields);
  return Object.keys(part).length === 0 ? {} : { [name]: part };
}

/** Three heartbeats within the time after which a node counts as dead, so that losing one means nothing. */
function heartbeatInterval(nodeTimeout: number = DEFAULTS.nodeTimeout): number | undefined {
  const fitting = Math.max(1, Math.floor(nodeTimeout / 3));
  return fitting < DEFAULTS.heartbeatInterval ? fitting : undefined;
}

function bearerKey(key: BearerKeySpec): JsonMap {
  const { name, enabled, accessType, allowedGroups, allowedServers } = key;
  return defined({
    id: name,
    name,
    token: variable(`bearer/${name}`),
    enabled,
    accessType,
    allowedGroups,
    allowedServers,
  });
}

/** `over` on `under`: an item replaces the one of the same name in its place, new ones follow. */
function byName(under: readonly unknown[], over: readonly JsonMap[]): unknown[] {
  const named = new Map(over.map((item) => [item.name, item]));
  const kept = under.map((item) => (isMap(item) ? (named.get(item.name) ?? item) : item));
  return [...kept, ...over.filter((item) => !kept.includes(item))];
}

function listField(name: string, items: readonly unknown[]): JsonMap {
  return items.length === 0 ? {} : { [name]: items };
}
