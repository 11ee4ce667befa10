import type { McpHubClusterSpec } from '../../../../operator/api/types.ts';

/** Specs that a rule accepts and refuses; names stand for objects with that `metadata.name`. */
export interface Example {
  /** How the message of the rule begins. */
  message: string;
  accepted: (Spec | string)[];
  refused: (Spec | string)[];
}

/** Loose, since what is refused is often not of the type. */
type Spec = McpHubClusterSpec | Record<string, unknown>;
