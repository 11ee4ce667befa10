import type { RequestHandler, Response, Router } from 'express';
import type { z } from 'zod';
import type { HeartbeatPayload, MembershipReply, RegisterPayload } from '../../cluster/payload.ts';
import { heartbeatPayload, registerPayload } from '../../cluster/payload.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import type { RouterContext } from '../context.ts';
import type { NodeEntry } from '../nodes/node-entry.ts';
import type { Admission } from '../nodes/registry.ts';
import { rivalMessage } from '../nodes/rivals.ts';
import { requireClusterToken } from './api-auth.ts';

/** `register`, `heartbeat` and drain: the wire between nodes and coordinators, as docs/http-api.md describes it. */
export function membershipRoutes(router: Router, context: RouterContext): void {
  const { registry } = context;
  const member = requireClusterToken(context);

  router.post('/api/cluster/register', member, (req, res) => {
    const body: unknown = req.body;
    if (missing(body, ['id', 'name', 'url'])) return refuse(res, 'Missing required fields: id, name, url');
    const payload = registerPayload.safeParse(body);
    if (!payload.success) return refuse(res, explain(payload.error));
    answer(context, res, payload.data, registry.register(payload.data), 'Node registered successfully');
  });
  router.post('/api/cluster/heartbeat', member, (req, res) => {
    const body: unknown = req.body;
    if (missing(body, ['id'])) return refuse(res, 'Missing required field: id');
    const payload = heartbeatPayload.safeParse(body);
    if (!payload.success) return refuse(res, explain(payload.error));
    answer(context, res, payload.data, registry.heartbeat(payload.data), 'Heartbeat updated successfully');
  });
  router.delete('/api/cluster/nodes/:nodeId', member, drain(context));
}

function drain({ registry }: RouterContext): RequestHandler {
  return (req, res) => {
    const id = req.params.nodeId as string;
    if (registry.drain(id)) return void res.json({ success: true, message: 'Node is draining' });
    res.status(404).json({ success: false, message: `Node not found: ${id}` });
  };
}

function answer(
  context: RouterContext,
  res: Response,
  payload: HeartbeatPayload | RegisterPayload,
  admission: Admission,
  message: string,
): void {
  if (admission === 'nowhere') {
    return refuse(res, 'Unknown node, and the heartbeat has neither "url" nor "host" and "port"');
  }
  const node = context.registry.nodes.get(payload.id);
  if (node !== undefined && admission === 'rival') {
    return void res.status(409).json({ success: false, message: rivalMessage(node) });
  }
  const data = node === undefined ? {} : exchangeNews(context, payload, node, admission === 'new');
  res.json({ success: true, message, data });
}

/** Takes over what the node tells of sessions and other nodes, and tells it what it cannot know. */
function exchangeNews(
  { catalog, claims, graves, expectations }: RouterContext,
  { metadata }: HeartbeatPayload | RegisterPayload,
  node: NodeEntry,
  isNew: boolean,
): NonNullable<MembershipReply['data']> {
  const groups = catalog.ownGroups() as NonNullable<MembershipReply['data']>['groups'];
  if (!node.ours) return { groups };
  for (const key of metadata?.buried ?? []) graves.add(key);
  if (metadata?.adopted !== undefined) claims.report(node, metadata.adopted);
  if (metadata?.members !== undefined) expectations.told(metadata.members);
  const stale = claims.takeStale(node);
  const heard = metadata?.heard ?? 0;
  const members = expectations.news(node);
  return {
    groups,
    // A report of changes alone means nothing to a coordinator that does not know what they change.
    ...(isNew && metadata?.adopted?.full !== true ? { resync: true } : {}),
    ...(stale.length > 0 ? { stale } : {}),
    ...(graves.hasSince(heard) ? { buried: graves.since(heard, ROUTER_DEFAULTS.maxBuried) } : {}),
    ...(members === undefined ? {} : { members }),
  };
}

function refuse(res: Response, message: string): void {
  res.status(400).json({ success: false, message });
}

function missing(body: unknown, fields: readonly string[]): boolean {
  if (typeof body !== 'object' || body === null) return true;
  return fields.some((field) => {
    const value = (body as Record<string, unknown>)[field];
    return value === undefined || value === null || value === '';
  });
}

/** What is wrong with a payload, and where. */
function explain(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.length === 0 ? 'payload' : path.join('.')}: ${message}`)
    .join('; ');
}
