import type { ServerConfig } from '../../settings/schema.ts';
import type { TargetServer } from '../../settings/targets.ts';
import type { ListKind } from './lists.ts';
import { namePolicy } from './name-policy.ts';
import { resourcePolicy } from './resource-policy.ts';

/** How clients see one item of a server. */
export interface ItemRule {
  enabled: boolean;
  /** The bare name or URI under which they see it. */
  name: string;
  /** Absent: the server's own. */
  description?: string | undefined;
}

/** What settings and group make of one list of one server. */
export interface Policy {
  /** @param own the name or URI by which the server itself knows the item */
  rule(own: string): ItemRule;
  /**
   * Which of the server's own names may be meant by a shown bare name, the likeliest first; none when there is no such
   * name. Only the server's list tells which of several it is.
   */
  candidates(shown: string): readonly string[];
}

export interface PolicyContext {
  config: ServerConfig;
  /** What the group says of the server. */
  target: TargetServer;
  separator: string;
}

/** Most servers have no overrides: one object serves them all. */
const NOTHING_SAID: Policy = {
  rule: (own) => ({ enabled: true, name: own }),
  candidates: (shown) => [shown],
};

/** Reads what settings and group say, once, so that each item costs a few look-ups. */
export function createPolicy(kind: ListKind, { config, target, separator }: PolicyContext): Policy {
  const field = kind === 'templates' ? 'resources' : kind;
  const selection = target[field];
  if (selection === undefined && Object.keys(config[field] ?? {}).length === 0) return NOTHING_SAID;
  if (field === 'resources') return resourcePolicy(config.resources, selection);
  return namePolicy(config[field], selection, { target, separator });
}
