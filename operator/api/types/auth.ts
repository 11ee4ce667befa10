// Made from operator/api/schema by "npm run generate": change that, not this.
import type { KeyReference } from './building-blocks.ts';

/** Who may connect. */
export interface AuthSpec {
  /** Keys with which clients may connect. As soon as one is enabled, every client needs one. */
  bearerKeys?: BearerKeySpec[];
}

/** A key with which clients may connect, and to what. */
export interface BearerKeySpec {
  /** Name of the key, unique. It is also its id in sessions: another name ends the sessions of the key. */
  name: string;
  /** Where the token is. A changed Secret is taken over without a restart. */
  secretKeyRef: KeyReference;
  /** Whether the key is accepted. Default true. */
  enabled?: boolean;
  /**
   * What the key opens: everything, the groups of `allowedGroups`, the servers of `allowedServers`, or (`custom`) both.
   * Default "all".
   */
  accessType?: 'all' | 'groups' | 'servers' | 'custom';
  /** Groups that the key opens, with `accessType: groups` or `custom`. */
  allowedGroups?: string[];
  /** Servers that the key opens, with `accessType: servers` or `custom`. */
  allowedServers?: string[];
}
