// Made from operator/api/schema by "npm run generate": change that, not this.
import type { ObjectMeta } from './object-meta.ts';
import type { McpHubClusterSpec } from './types/spec.ts';
import type { McpHubClusterStatus } from './types/status.ts';

export type { ConditionType } from './conditions.ts';
export type { ObjectMeta, OwnerReference } from './object-meta.ts';
export type * from './types/auth.ts';
export type * from './types/building-blocks.ts';
export type * from './types/coordinator.ts';
export type * from './types/groups.ts';
export type * from './types/image.ts';
export type * from './types/mcp-servers.ts';
export type * from './types/monitoring.ts';
export type * from './types/network-policy.ts';
export type * from './types/node-pools.ts';
export type * from './types/settings-from.ts';
export type * from './types/spec.ts';
export type * from './types/status.ts';
export type * from './types/sticky-session.ts';

/** An object that was read from the API server has the defaults of the schema filled in. */
export interface McpHubCluster {
  apiVersion: 'mcphub.io/v1alpha1';
  kind: 'McpHubCluster';
  metadata: ObjectMeta;
  spec: McpHubClusterSpec;
  status?: McpHubClusterStatus;
}
