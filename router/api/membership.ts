import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { HeartbeatPayload, MembershipReply, RegisterPayload } from '../../cluster/payload.ts';
import { heartbeatPayload, registerPayload } from '../../cluster/payload.ts';
import { unreadFields } from '../../cluster/readable.ts';
import { parseJson } from '../../mcp/json.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import type { RouterContext } from '../context.ts';
import { drain } from '../edge/body.ts';
import type { NodeEntry } from '../nodes/node-entry.ts';
import type { Admission } from '../nodes/registry.ts';
import { rivalMessage } from '../nodes/rivals.ts';
import { isMember } from './api-auth.ts';
import { refuseStranger, respond } from './plain-reply.ts';

/** What nodes POST below `/api/cluster/`. */
export const MEMBERSHIP_ACTIONS = ['register', 'heartbeat'] as const;
type Action = (typeof MEMBERSHIP_ACTIONS)[number];

/**
 * `register` and `heartbeat`: the wire between nodes and coordinators, as docs/http-api.md describes it. Without express, since a
 * thousand nodes beat two hundred times a second.
 * @returns whether the request is one of these, and so is answered
 */
export function createMembershipApi(context: RouterContext): (req: IncomingMessage, res: ServerResponse) => boolean {
  const actions = new Map<string, Action>(
    MEMBERSHIP_ACTIONS.map((action) => [`${context.basePath}/api/cluster/${action}`, action]),
  );
  return (req, res) => {
    const action = req.method === 'POST' ? actions.get(req.url ?? '') : undefined;
    if (action === undefined) return false;
    if (isMember(context, req.headers.authorization)) read(context, action, req, res);
    else refuseStranger(req, res);
    return true;
  };
}

function read(context: RouterContext, action: Action, req: IncomingMessage, res: ServerResponse): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= ROUTER_DEFAULTS.maxApiBodySize) return;
    req.off('data', onData);
    req.off('end', onEnd);
    const message = `The body is larger than ${ROUTER_DEFAULTS.maxApiBodySize} bytes`;
    respond(res, 413, { success: false, message });
    drain(req);
  };
  const end = () =>
    respond(res, 500, { success: false, message: 'Internal error; the log of the coordinator says more' });
  const take = () => {
    let body: unknown;
    try {
      body = parseJson(
        chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size),
        ROUTER_DEFAULTS.maxApiValues,
      );
    } catch (error) {
      return refuse(res, `The body is not valid JSON: ${(error as Error).message}`);
    }
    if (action === 'register') register(context, res, body);
    else heartbeat(context, res, body);
  };
  const onEnd = context.boundary(action, take, end);
  req.on('data', onData);
  req.on('end', onEnd);
}

function register(context: RouterContext, res: ServerResponse, body: unknown): void {
  if (missing(body, ['id', 'name', 'url'])) return refuse(res, 'Missing required fields: id, name, url');
  const payload = registerPayload.safeParse(body);
  if (!payload.success) return refuse(res, explain(payload.error));
  const admission = context.registry.register(payload.data);
  warnOfUnread(context, payload.data, body);
  answer(context, res, payload.data, admission, 'Node registered successfully');
}

function heartbeat(context: RouterContext, res: ServerResponse, body: unknown): void {
  if (missing(body, ['id'])) return refuse(res, 'Missing required field: id');
  const payload = heartbeatPayload.safeParse(body);
  if (!payload.success) return refuse(res, explain(payload.error));
  const admission = context.registry.heartbeat(payload.data);
  warnOfUnread(context, payload.data, body);
  answer(context, res, payload.data, admission, 'Heartbeat updated successfully');
}

function answer(
  context: RouterContext,
  res: ServerResponse,
  payload: HeartbeatPayload | RegisterPayload,
  admission: Admission,
  message: string,
): void {
  if (admission === 'nowhere') {
    return refuse(res, 'Unknown node, and the heartbeat has neither "url" nor "host" and "port"');
  }
  const node = context.registry.nodes.get(payload.id);
  if (node !== undefined && admission === 'rival') {
    return respond(res, 409, { success: false, message: rivalMessage(node) });
  }
  const data = node === undefined ? {} : exchangeNews(context, payload, node, admission === 'new');
  respond(res, 200, { success: true, message, data });
}

/** What was said last that could not be read, so that each heartbeat with the same is not warned of. */
const warned = new WeakMap<NodeEntry, string>();

function warnOfUnread({ registry, log }: RouterContext, { id, metadata }: HeartbeatPayload, body: unknown): void {
  const node = registry.nodes.get(id);
  if (node === undefined) return;
  const fields = unreadFields((body as { metadata?: unknown }).metadata, metadata);
  const text = fields.join(' ');
  if (text !== '' && warned.get(node) !== text)
    log.warn(
      { node: id, fields },
      'What a node says in these fields of its metadata cannot be read, and counts as not said',
    );
  warned.set(node, text);
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
  // What a node has heard of before it came here are the numbers of another coordinator.
  const stale = claims.staleAt(node, isNew ? 0 : (metadata?.dropped ?? 0));
  const heard = isNew ? 0 : (metadata?.heard ?? 0);
  const members = expectations.news(node);
  return {
    groups,
    // A report of changes alone means nothing to a coordinator that does not know what they change.
    ...(isNew && metadata?.adopted?.full !== true ? { resync: true } : {}),
    ...(stale === undefined ? {} : { stale }),
    ...(graves.hasSince(heard) ? { buried: graves.since(heard, ROUTER_DEFAULTS.maxBuried) } : {}),
    ...(members === undefined ? {} : { members }),
  };
}

function refuse(res: ServerResponse, message: string): void {
  respond(res, 400, { success: false, message });
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
