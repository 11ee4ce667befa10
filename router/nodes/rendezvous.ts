import { ROUTER_DEFAULTS } from '../config.ts';

/**
 * Consistent hashing by highest random weight (Thaler, Ravishankar 1998): each member has a weight for a key, and the key
 * belongs to the heaviest. All who know the same members choose alike, and a member that goes moves its own keys only.
 */

/** The member that a key belongs to. @returns undefined when there are no members */
export function heaviest<T extends { id: string }>(members: readonly T[], key: string): T | undefined {
  const hashed = hashOf(key);
  let best: T | undefined;
  let most = -1;
  for (const member of members) {
    const weight = mix(hashed ^ hashOfMember(member.id));
    if (weight < most || (weight === most && best !== undefined && member.id > best.id)) continue;
    most = weight;
    best = member;
  }
  return best;
}

/**
 * The same with bounded load (Mirrokni, Thorup, Zadimoghaddam 2016): the heaviest of those whose load stays within
 * `bound` times the mean after they got this key.
 * @param load what each member carries now
 */
export function heaviestBounded<T extends { id: string }>(
  members: readonly T[],
  key: string,
  load: (member: T) => number,
  bound: number = ROUTER_DEFAULTS.loadBound,
): T | undefined {
  let total = 1;
  for (const member of members) total += load(member);
  const limit = Math.ceil((bound * total) / members.length);
  const free = members.filter((member) => load(member) + 1 <= limit);
  return heaviest(free.length > 0 ? free : members, key);
}

/** Hashes of the ids of members, which come back at each choice. */
const hashes = new Map<string, number>();
const MAX_HASHES = 10_000;

function hashOfMember(id: string): number {
  let hash = hashes.get(id);
  if (hash === undefined) {
    if (hashes.size >= MAX_HASHES) hashes.clear();
    hash = hashOf(id);
    hashes.set(id, hash);
  }
  return hash;
}

/** FNV-1a over UTF-16 units, with the finish below, since ids often differ in their last digit only. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** The finish of MurmurHash3: every bit of the input moves every bit of the result. */
function mix(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
