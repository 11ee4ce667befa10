/** What only the node that made it understands: `mh.<tag>.<value>`, so that any coordinator brings it back there. */
export interface Pinned {
  /** Of the node; see `cluster/tag.ts`. */
  tag: string;
  /** May be pinned itself, by another node further on. */
  value: string;
}

const FORM = /^mh\.([A-Za-z0-9_-]{8})\.([\x21-\x7e]+)$/;

/** @param value visible ASCII, not empty */
export function pin(tag: string, value: string): string {
  return `mh.${tag}.${value}`;
}

/** @returns undefined for a text that no node has pinned */
export function readPin(text: string): Pinned | undefined {
  const [, tag, value] = FORM.exec(text) ?? [];
  return tag === undefined || value === undefined ? undefined : { tag, value };
}
