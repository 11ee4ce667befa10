// Made from operator/api/schema by "npm run generate": change that, not this.
import type { NodesSpec } from './building-blocks.ts';

/** A further pool of nodes with its own size, resources and place. */
export interface NodePoolSpec extends NodesSpec {
  /** Name of the pool, unique: a DNS label of at most 16 characters, not `nodes`. */
  name: string;
  /** Servers that this pool hosts, beside those whose own `pools` names it. */
  servers?: string[];
}
