import type { Logger } from 'pino';
import type { Boundary } from '../cluster/boundary.ts';
import type { Graves } from '../cluster/graves.ts';
import type { SettingsSource } from '../settings/store.ts';
import type { RouterTimings } from './config.ts';
import type { Edge } from './edge/edge.ts';
import type { HeldBodies } from './edge/held-bodies.ts';
import type { Principals } from './edge/principals.ts';
import type { Pools } from './forward/pools.ts';
import type { StreamKeeper } from './forward/streams.ts';
import type { RouterMetrics } from './metrics.ts';
import type { Catalog } from './nodes/catalog.ts';
import type { Expectations } from './nodes/expectations.ts';
import type { Registry } from './nodes/registry.ts';
import type { ServerTable } from './nodes/server-table.ts';
import type { Affinities } from './sessions/affinities.ts';
import type { Claims } from './sessions/claims.ts';
import type { PostedRequests } from './sessions/posted.ts';
import type { SessionIds } from './sessions/session-ids.ts';

/** What one coordinator is made of; each request works on it. */
export interface RouterContext {
  readonly settings: SettingsSource;
  readonly log: Logger;
  readonly boundary: Boundary;
  readonly basePath: string;
  /** Tokens of the cluster: all are accepted, the first is sent. */
  readonly clusterTokens: () => readonly string[];
  readonly timings: RouterTimings;
  readonly registry: Registry;
  readonly expectations: Expectations;
  readonly catalog: Catalog;
  readonly serverTable: ServerTable;
  readonly principals: Principals;
  readonly affinities: Affinities;
  readonly sessions: SessionIds;
  readonly claims: Claims;
  readonly graves: Graves;
  readonly posted: PostedRequests;
  readonly pools: Pools;
  readonly keeper: StreamKeeper;
  readonly heldBodies: HeldBodies;
  readonly edge: Edge;
  readonly metrics: RouterMetrics;
}
