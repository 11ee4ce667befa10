import { z } from 'zod';
import { BOUNDS } from './bounds.ts';
import { groupReports } from './group-report.ts';
import { readableEntries, readableItems, said } from './readable.ts';

export type { GroupReport } from './group-report.ts';

/**
 * What a node tells a coordinator. The fields outside `metadata` are those of the original cluster branch, so that
 * its nodes join unchanged; all we add is under `metadata` and optional.
 */

/** How a configured server does on one node. */
export const SERVER_STATUSES = ['connected', 'connecting', 'idle', 'failed', 'disabled'] as const;
export type ServerStatus = (typeof SERVER_STATUSES)[number];

/** Keeps clients of a server apart: what cannot be read may have been meant to say so. */
const restricting = z.boolean().optional().catch(true);

const serverReport = z.looseObject({
  /** One that this version does not know is none that it could use. */
  status: z.enum(SERVER_STATUSES).catch('connecting'),
  /** Why it is not connected, in a sentence for the user. */
  reason: said(z.string().max(BOUNDS.sentence)),
  /** Names of tools whose calls may be sent again after the loss of a node (`retryReadOnly`). */
  retryable: said(z.array(z.string().max(BOUNDS.name)).max(BOUNDS.items)),
  /** Stands for what the server offers on this node; the same text means the same catalog. */
  digest: said(z.string().max(BOUNDS.token)),
  /** It has a process for each session, so that what one of them says is not for the others. */
  perSessionClient: restricting,
  /** Modern requests are served only where a state ties them together. One that does not say so of a `perSessionClient` server means it. */
  needsState: restricting,
  /** Names of headers of the client that it is sent, in lower case. */
  passthroughHeaders: said(z.array(z.string().max(256)).max(100)),
  /** It is no process of the node, so that it says the same at all nodes. */
  remote: said(z.boolean()),
  /** How it is reached: `stdio`, `sse` or `streamable-http`, also where its entry leaves that to the node. */
  transport: said(z.string().max(32)),
  /** Revision of MCP that is spoken with it. */
  protocol: said(z.string().max(BOUNDS.token)),
  /** What it calls its own version. */
  version: said(z.string().max(256)),
  /** Number of its tools, before the hub's policy. */
  tools: said(z.number().int().nonnegative()),
  /** What of its lists clients do not get, and why, in sentences for the user. */
  warnings: said(z.array(z.string().max(300)).max(10)),
});
export type ServerReport = z.infer<typeof serverReport>;

const serverName = z.string().min(1).max(BOUNDS.name);
const token = z.string().max(BOUNDS.token);
/** See `cluster/tag.ts`. */
const tag = z.string().max(16);
const count = z.number().int().nonnegative();
/** Epoch milliseconds that are a date (ECMA-262, "Time Values and Time Range"). */
const moment = z.number().min(0).max(8.64e15);
const keys = z.array(token).max(BOUNDS.keys);
const tags = z.array(tag).max(BOUNDS.items);

/** Sessions that a node holds and did not open; see `cluster/claim.ts`. */
const adoptedReport = z.looseObject({
  /** `add` is all there is; else it is what has come since the last report. */
  full: z.boolean().optional(),
  add: keys,
  /** Keys of sessions that the node does not hold any more. */
  remove: keys,
});
export type AdoptedReport = z.infer<typeof adoptedReport>;

export const nodeMetadata = z.looseObject({
  version: said(z.string().max(256)),
  tag: said(tag),
  zone: said(z.string().max(BOUNDS.nodeName)),
  /** Of the settings in force; `systemConfig.cluster.revision`. */
  revision: said(token),
  /** Tells one process from another one with the same id. */
  instance: said(token),
  /** Epoch milliseconds of the start of the process. */
  startedAt: said(moment),
  draining: said(z.boolean()),
  /** The last heartbeat: the process ends, and takes no request any more. */
  leaving: said(z.boolean()),
  sessions: said(count),
  inFlight: said(count),
  /** Sessions by principal, as `SessionNote.principal` names them. */
  principals: said(readableEntries(token, count, BOUNDS.items)),
  serverStatus: said(readableEntries(serverName, serverReport, BOUNDS.items)),
  nameSeparator: said(z.string().min(1).max(BOUNDS.token)),
  groups: said(groupReports),
  adopted: said(adoptedReport),
  /** Keys of sessions that clients ended; see `cluster/graves.ts`. */
  buried: said(keys),
  /** How far the node has heard of what the coordinator knows to be ended: the `buried.cursor` of the last reply. */
  heard: said(count),
  /** How far it has dropped copies that another node has taken over: the `stale.cursor` of the last reply. */
  dropped: said(count),
  /** Tags of the nodes that other coordinators know, told at `register`, so that a new one knows whom to expect. */
  members: said(tags),
});
export type NodeMetadata = z.infer<typeof nodeMetadata>;

/** Node ids end up in cookies and headers: visible ASCII without separators of either. */
const nodeId = z.string().regex(/^[A-Za-z0-9._:@-]{1,253}$/, 'must be 1 to 253 characters of A-Z a-z 0-9 . _ : @ -');

const common = {
  id: nodeId,
  name: z
    .string()
    .min(1)
    .max(BOUNDS.nodeName)
    .regex(/^\P{Cc}*$/u, 'must have no control characters'),
  host: z.string().max(BOUNDS.nodeName).optional(),
  port: z.number().int().min(1).max(65535).optional(),
  servers: z.array(serverName).max(BOUNDS.items).default([]),
  metadata: nodeMetadata.optional().catch(undefined),
};

const nodeUrl = z.url({ protocol: /^https?$/ }).max(BOUNDS.name);

/** `POST /api/cluster/register`. */
export const registerPayload = z.looseObject({ ...common, url: nodeUrl });
export type RegisterPayload = z.infer<typeof registerPayload>;

/** `POST /api/cluster/heartbeat`; without `url` the node is at `http://host:port`. */
export const heartbeatPayload = z.looseObject({
  ...common,
  name: common.name.optional(),
  url: nodeUrl.optional(),
  timestamp: said(moment),
});
export type HeartbeatPayload = z.infer<typeof heartbeatPayload>;

/** What a coordinator answers to both; nodes of the original branch ignore `data`. */
export const membershipReply = z.looseObject({
  success: z.boolean(),
  message: said(z.string()),
  data: said(
    z.looseObject({
      groups: said(groupReports),
      /** The coordinator did not know the node: it wants to hear everything. */
      resync: said(z.boolean()),
      /** Keys of sessions that another node has taken over: copies here are stale. */
      stale: said(z.looseObject({ keys, cursor: count })),
      buried: said(z.looseObject({ keys, cursor: count })),
      /** Tags of all nodes that the coordinator knows, when they have changed. */
      members: said(tags),
    }),
  ),
});
export type MembershipReply = z.infer<typeof membershipReply>;

const serverRow = z.looseObject({
  name: serverName,
  digest: said(token),
  /** Tags of the nodes that can serve it now. */
  holders: tags.catch([]),
  /** Those where it is started on demand, and was never started. */
  idle: said(tags),
  perSessionClient: restricting,
  needsState: restricting,
  remote: said(z.boolean()),
  status: z.enum(SERVER_STATUSES).catch('connecting'),
  reason: said(z.string().max(BOUNDS.sentence)),
});

/** `GET /api/cluster/servers`: what the coordinator answers. */
export const serverTableReply = z.looseObject({
  success: z.boolean(),
  message: said(z.string()),
  data: said(
    z.looseObject({
      /** To be sent as `known`, so that the next reply comes when the table is another one. */
      version: z.string().max(64),
      /** All servers, by name; absent when the table is still the known one. */
      servers: said(readableItems(serverRow, BOUNDS.items)),
    }),
  ),
});
export type ServerTableReply = z.infer<typeof serverTableReply>;
