import { z } from 'zod';

/**
 * What a node tells a coordinator. The fields outside `metadata` are those of the original cluster branch, so that
 * its nodes join unchanged; all we add is under `metadata` and optional.
 */

/** How a configured server does on one node. */
export const SERVER_STATUSES = ['connected', 'connecting', 'idle', 'failed', 'disabled'] as const;
export type ServerStatus = (typeof SERVER_STATUSES)[number];

const serverReport = z.looseObject({
  /** One that this version does not know is none that it could use. */
  status: z.enum(SERVER_STATUSES).catch('connecting'),
  /** Why it is not connected, in a sentence for the user. */
  reason: z.string().max(2000).optional().catch(undefined),
  /** Names of tools whose calls may be sent again after the loss of a node (`retryReadOnly`). */
  retryable: z.array(z.string()).optional().catch(undefined),
  /** Stands for what the server offers on this node; the same text means the same catalog. */
  digest: z.string().max(64).optional().catch(undefined),
  /** It has a process for each session, so that what one of them says is not for the others. */
  perSessionClient: z.boolean().optional().catch(undefined),
  /** Modern requests are served only where a state ties them together. One that does not say so of a `perSessionClient` server means it. */
  needsState: z.boolean().optional().catch(undefined),
  /** Names of headers of the client that it is sent, in lower case. */
  passthroughHeaders: z.array(z.string().max(256)).max(100).optional().catch(undefined),
  /** It is no process of the node, so that it says the same at all nodes. */
  remote: z.boolean().optional().catch(undefined),
  /** How it is reached: `stdio`, `sse` or `streamable-http`, also where its entry leaves that to the node. */
  transport: z.string().max(32).optional().catch(undefined),
  /** Revision of MCP that is spoken with it. */
  protocol: z.string().max(64).optional().catch(undefined),
  /** What it calls its own version. */
  version: z.string().max(256).optional().catch(undefined),
  /** Number of its tools, before the hub's policy. */
  tools: z.number().int().nonnegative().optional().catch(undefined),
  /** What of its lists clients do not get, and why, in sentences for the user. */
  warnings: z.array(z.string().max(300)).max(10).optional().catch(undefined),
});
export type ServerReport = z.infer<typeof serverReport>;

const MAX_ITEMS = 10_000;
/** Names and URIs in what a group says of its servers. */
const itemName = z.string().max(2_000);

/** An override that cannot be read hides its item: it may have been meant to. */
const itemOverride = z
  .looseObject({
    enabled: z.boolean().optional(),
    name: z.string().min(1).max(64).optional(),
    description: z.string().max(20_000).optional(),
  })
  .catch({ enabled: false });

/** What a group shows of a server: a list is all of it, a map overrides. One that cannot be read shows nothing. */
const itemSelection = z
  .union([
    z.array(itemName).max(MAX_ITEMS),
    z.record(itemName, itemOverride).refine((overrides) => Object.keys(overrides).length <= MAX_ITEMS),
  ])
  .optional()
  .catch([]);

/** A group as coordinator and nodes tell each other; an absent field means all that the server's settings show. */
export const groupReport = z.looseObject({
  id: z.string().min(1),
  name: z.string().min(1),
  servers: z.array(
    z.looseObject({
      name: z.string().min(1),
      alias: z.string().min(1).max(64).optional().catch(undefined),
      tools: itemSelection,
      prompts: itemSelection,
      resources: itemSelection,
    }),
  ),
});
export type GroupReport = z.infer<typeof groupReport>;

/** Members of another version may say more, or otherwise: a field that cannot be read counts as not said. */
function said<T extends z.ZodType>(schema: T) {
  return schema.optional().catch(undefined);
}

const count = z.number().int().nonnegative();
/** Epoch milliseconds that are a date (ECMA-262, "Time Values and Time Range"). */
const moment = z.number().min(0).max(8.64e15);
const keys = z.array(z.string().max(64));

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
  version: said(z.string()),
  tag: said(z.string()),
  zone: said(z.string()),
  /** Of the settings in force; `systemConfig.cluster.revision`. */
  revision: said(z.string().max(64)),
  /** Tells one process from another one with the same id. */
  instance: said(z.string().max(64)),
  /** Epoch milliseconds of the start of the process. */
  startedAt: said(moment),
  draining: said(z.boolean()),
  /** The last heartbeat: the process ends, and takes no request any more. */
  leaving: said(z.boolean()),
  sessions: said(count),
  inFlight: said(count),
  /** Sessions by principal, as `SessionNote.principal` names them. */
  principals: said(z.record(z.string().max(64), count)),
  serverStatus: said(z.record(z.string(), serverReport)),
  nameSeparator: said(z.string()),
  groups: said(z.array(groupReport)),
  adopted: said(adoptedReport),
  /** Keys of sessions that clients ended; see `cluster/graves.ts`. */
  buried: said(keys),
  /** How far the node has heard of what the coordinator knows to be ended: the `buried.cursor` of the last reply. */
  heard: said(count),
  /** How far it has dropped copies that another node has taken over: the `stale.cursor` of the last reply. */
  dropped: said(count),
  /** Tags of the nodes that other coordinators know, told at `register`, so that a new one knows whom to expect. */
  members: said(z.array(z.string().max(16))),
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
  metadata: nodeMetadata.optional().catch(undefined),
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
  data: said(
    z.looseObject({
      groups: said(z.array(groupReport)),
      /** The coordinator did not know the node: it wants to hear everything. */
      resync: said(z.boolean()),
      /** Keys of sessions that another node has taken over: copies here are stale. */
      stale: said(z.looseObject({ keys, cursor: count })),
      buried: said(z.looseObject({ keys, cursor: count })),
      /** Tags of all nodes that the coordinator knows, when they have changed. */
      members: said(z.array(z.string().max(16))),
    }),
  ),
});
export type MembershipReply = z.infer<typeof membershipReply>;

/** `GET /api/cluster/servers`: what the coordinator answers. */
export const serverTableReply = z.looseObject({
  success: z.boolean(),
  message: z.string().optional(),
  data: said(
    z.looseObject({
      /** To be sent as `known`, so that the next reply comes when the table is another one. */
      version: z.string().max(64),
      /** All servers, by name; absent when the table is still the known one. */
      servers: said(
        z.array(
          z.looseObject({
            name: z.string().min(1),
            digest: said(z.string().max(64)),
            /** Tags of the nodes that can serve it now. */
            holders: z.array(z.string().max(16)).catch([]),
            /** Those where it is started on demand, and was never started. */
            idle: said(z.array(z.string().max(16))),
            perSessionClient: said(z.boolean()),
            needsState: said(z.boolean()),
            remote: said(z.boolean()),
            status: z.enum(SERVER_STATUSES).catch('connecting'),
            reason: said(z.string()),
          }),
        ),
      ),
    }),
  ),
});
export type ServerTableReply = z.infer<typeof serverTableReply>;
