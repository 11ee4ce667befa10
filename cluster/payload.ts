import { z } from 'zod';

/**
 * What a node tells a coordinator. The fields outside `metadata` are those of the original cluster branch, so that
 * its nodes join unchanged; all we add is under `metadata` and optional.
 */

/** How a configured server does on one node. */
export const SERVER_STATUSES = ['connected', 'connecting', 'idle', 'failed', 'disabled'] as const;
export type ServerStatus = (typeof SERVER_STATUSES)[number];

const serverReport = z.looseObject({
  status: z.enum(SERVER_STATUSES),
  /** Why it is not connected, in a sentence for the user. */
  reason: z.string().max(2000).optional(),
});
export type ServerReport = z.infer<typeof serverReport>;

/** A group as coordinator and nodes tell each other; `tools` absent means all of the server's tools. */
export const groupReport = z.looseObject({
  id: z.string().min(1),
  name: z.string().min(1),
  servers: z.array(z.looseObject({ name: z.string().min(1), tools: z.array(z.string()).optional() })),
});
export type GroupReport = z.infer<typeof groupReport>;

export const nodeMetadata = z.looseObject({
  version: z.string().optional(),
  tag: z.string().optional(),
  zone: z.string().optional(),
  /** Epoch milliseconds of the start of the process. */
  startedAt: z.number().optional(),
  draining: z.boolean().optional(),
  sessions: z.number().int().nonnegative().optional(),
  inFlight: z.number().int().nonnegative().optional(),
  serverStatus: z.record(z.string(), serverReport).optional(),
  groups: z.array(groupReport).optional(),
});
export type NodeMetadata = z.infer<typeof nodeMetadata>;

/** Node ids end up in cookies and headers: visible ASCII without separators of either. */
const nodeId = z.string().regex(/^[A-Za-z0-9._:@-]{1,253}$/, 'must be 1 to 253 characters of A-Z a-z 0-9 . _ : @ -');

const common = {
  id: nodeId,
  name: z.string().min(1).max(253),
  host: z.string().max(253).optional(),
  port: z.number().int().min(1).max(65535).optional(),
  servers: z.array(z.string()).default([]),
  metadata: nodeMetadata.optional(),
};

const nodeUrl = z.url({ protocol: /^https?$/ });

/** `POST /api/cluster/register`. */
export const registerPayload = z.looseObject({ ...common, url: nodeUrl });
export type RegisterPayload = z.infer<typeof registerPayload>;

/** `POST /api/cluster/heartbeat`; without `url` the node is at `http://host:port`. */
export const heartbeatPayload = z.looseObject({
  ...common,
  name: common.name.optional(),
  url: nodeUrl.optional(),
  timestamp: z.number().optional(),
});
export type HeartbeatPayload = z.infer<typeof heartbeatPayload>;

/** What a coordinator answers to both; nodes of the original branch ignore `data`. */
export const membershipReply = z.looseObject({
  success: z.boolean(),
  message: z.string().optional(),
  data: z.looseObject({ groups: z.array(groupReport).optional() }).optional(),
});
export type MembershipReply = z.infer<typeof membershipReply>;
