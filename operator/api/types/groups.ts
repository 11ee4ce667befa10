// Made from operator/api/schema by "npm run generate": change that, not this.

/** Servers that clients reach together at `/mcp/<name>`. */
export interface GroupSpec {
  [key: string]: unknown;
  /** Clients may use it instead of the name; it stays the same when the name changes. Absent: the name. */
  id?: string;
  /** Name of the group, unique. */
  name: string;
  /** Shown to people. */
  description?: string;
  /** Its servers. Names must be keys of `mcpServers`, here or in `settingsFrom`. */
  servers?: (string | { name: string; [key: string]: unknown })[];
}
