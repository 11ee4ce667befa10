import type { Logger } from 'pino';
import type { SettingsSource } from '../settings/store.ts';
import type { Affinities } from './affinities.ts';
import type { Catalog } from './catalog.ts';
import type { RouterTimings } from './config.ts';
import type { Edge } from './edge.ts';
import type { SessionIds } from './locate.ts';
import type { RouterMetrics } from './metrics.ts';
import type { Pools } from './pools.ts';
import type { PostedRequests } from './posted.ts';
import type { Principals } from './principals.ts';
import type { Registry } from './registry.ts';
import type { StreamKeeper } from './streams.ts';

/** What one coordinator is made of; each request works on it. */
export interface RouterContext {
  readonly settings: SettingsSource;
  readonly log: Logger;
  readonly basePath: string;
  /** Tokens of the cluster: all are accepted, the first is sent. */
  readonly clusterTokens: readonly string[];
  readonly timings: RouterTimings;
  readonly registry: Registry;
  readonly catalog: Catalog;
  readonly principals: Principals;
  readonly affinities: Affinities;
  readonly sessions: SessionIds;
  readonly posted: PostedRequests;
  readonly pools: Pools;
  readonly keeper: StreamKeeper;
  readonly edge: Edge;
  readonly metrics: RouterMetrics;
}
