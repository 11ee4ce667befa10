/** Bounds on what members of a cluster tell each other. Whatever is beyond them counts as something that cannot be read. */
export const BOUNDS = {
  /** Servers of a node, of a group, and of the table of servers; items of a selection; nodes; principals. */
  items: 10_000,
  /** Groups of a member. */
  groups: 1_000,
  /** Keys of sessions in one payload: more than a body has room for. */
  keys: 250_000,
  /** Characters of the names of servers, groups and items, and of URLs. */
  name: 2_000,
  /** Characters of the names that people give nodes, as in the DNS. */
  nodeName: 253,
  /** Characters of tags, digests, revisions and keys of sessions. */
  token: 64,
  /** Characters of a sentence for people. */
  sentence: 2_000,
  /** Characters of what a server says that its tools are for. */
  description: 20_000,
} as const;
