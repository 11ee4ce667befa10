import { deepStrictEqual, ok } from 'node:assert';
import fc from 'fast-check';
import { pino } from 'pino';
import { Registry as PromRegistry } from 'prom-client';
import { BOUNDS } from '../../cluster/bounds.ts';
import { heartbeatPayload, membershipReply, registerPayload, serverTableReply } from '../../cluster/payload.ts';
import { nodeView, stats } from '../../router/api/api-views.ts';
import type { RouterContext } from '../../router/context.ts';
import { createContext } from '../../router/coordinator.ts';
import { rivalMessage } from '../../router/nodes/rivals.ts';
import { rowsOf } from '../../router/nodes/server-table.ts';
import { parseSettings } from '../../settings/load.ts';
import { fixedSettings } from '../../settings/store.ts';
import { memberPayload, memberReply } from './arbitrary/member.ts';
import { type Property, pure } from './property.ts';

function emptyContext(): RouterContext {
  return createContext({
    settings: fixedSettings(parseSettings({ groups: [{ name: 'own', servers: ['a'] }] })),
    listen: { host: '127.0.0.1', port: 0, basePath: '' },
    log: pino({ level: 'silent' }),
    metrics: new PromRegistry(),
    version: '0.0.0',
    clusterTokens: () => [],
    secrets: () => [],
    mode: 'coordinator',
  });
}

/** Takes over a payload as the API does. */
function take(context: RouterContext, payload: Record<string, unknown>): void {
  // As it comes: what JSON has no words for is not there.
  const body: unknown = JSON.parse(JSON.stringify(payload));
  const registered = registerPayload.safeParse(body);
  if (registered.success) context.registry.register(registered.data);
  const beaten = heartbeatPayload.safeParse(body);
  if (!beaten.success) return;
  context.registry.heartbeat(beaten.data);
  const { id, metadata } = beaten.data;
  for (const key of metadata?.buried ?? []) context.graves.add(key);
  context.expectations.told(metadata?.members ?? []);
  const node = context.registry.nodes.get(id);
  if (node === undefined) return;
  if (metadata?.adopted !== undefined) context.claims.report(node, metadata.adopted);
  ok((context.claims.staleAt(node, metadata?.dropped ?? 0)?.keys.length ?? 0) <= BOUNDS.items);
  ok(rivalMessage(node).length > 0);
}

/** Says all that a coordinator can say of what it was told. */
function isSurvived(payloads: Record<string, unknown>[]): void {
  const context = emptyContext();
  for (const payload of payloads) take(context, payload);
  const nodes = [...context.registry.nodes.values()];
  ok(JSON.stringify([nodes.map(nodeView), stats(context), rowsOf(nodes)]).length > 0);
  for (const target of ['', 'a', 'own', 'toString', '__proto__']) context.catalog.resolve(target);
  ok(typeof context.catalog.reasons(context.catalog.servers()) === 'string');
  // The coordinator's own groups cannot be taken over by a node.
  deepStrictEqual(context.catalog.resolve('own')?.servers, [{ name: 'a' }]);
  context.registry.sweep(performance.now() + 1e9);
}

/** What is shown of a group is what was said to be shown, or nothing: never all of it because it could not be read. */
function hides(reply: unknown): void {
  const body: unknown = JSON.parse(JSON.stringify(reply ?? null));
  const rows = serverTableReply.safeParse(body).data?.data?.servers ?? [];
  for (const { perSessionClient } of rows) ok(perSessionClient === undefined || typeof perSessionClient === 'boolean');
  const told = (body as { data?: { groups?: unknown } } | null)?.data?.groups;
  const groups = membershipReply.safeParse(body).data?.data?.groups ?? [];
  const servers = groups.flatMap(({ id, servers }) => servers.map((server) => ({ id, server })));
  for (const { id, server } of servers) {
    for (const list of ['tools', 'prompts', 'resources'] as const) {
      if (server[list] !== undefined) continue;
      const said = saidOf(told, id, server.name, list);
      ok(said.includes(undefined), `${list} of ${id}/${server.name} were said to be ${JSON.stringify(said)}`);
    }
  }
}

/** What was said of the lists of servers with this name in groups with this id or name. */
function saidOf(groups: unknown, id: string, name: string, list: string): unknown[] {
  const all = (groups as Record<string, unknown>[]).filter((group) => group?.id === id || group?.name === id);
  const servers = all.flatMap((group) => (Array.isArray(group.servers) ? group.servers : []));
  return servers.filter((server) => server?.name === name).map((server) => server[list]);
}

/** What members tell each other (cluster/payload.ts), and what coordinators make of it (router/nodes, router/sessions). */
export const MEMBER_PAYLOADS: readonly Property[] = [
  pure(
    'member payloads: no register or heartbeat ends a coordinator, whatever came before',
    3_000,
    100,
    fc.property(fc.array(memberPayload, { minLength: 1, maxLength: 6 }), isSurvived),
  ),
  pure('member payloads: what cannot be read hides', 8_000, 400, fc.property(memberReply, hides)),
];
