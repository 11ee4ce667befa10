import { createHash } from 'node:crypto';
import { ROUTER_DEFAULTS } from '../config.ts';

/** Consistent hashing: members as points on a circle of 32-bit positions, a key belongs to the next point. */
export interface Ring {
  /** Members in the order in which the key meets them, each once. */
  walk(key: string): Iterable<string>;
}

interface Point {
  position: number;
  member: string;
}

/** Position of a text on the circle. */
function positionOf(text: string): number {
  return createHash('md5').update(text).digest().readUInt32BE(0);
}

/** The ring of these members; the order in which they are given does not matter. */
export function createRing(members: readonly string[], virtualNodes: number = ROUTER_DEFAULTS.virtualNodes): Ring {
  const points: Point[] = [];
  for (const member of members) {
    for (let i = 0; i < virtualNodes; i++) points.push({ position: positionOf(`${member}#${i}`), member });
  }
  points.sort((a, b) => a.position - b.position || (a.member < b.member ? -1 : 1));
  return {
    *walk(key) {
      const met = new Set<string>();
      const start = firstAtOrAfter(points, positionOf(key));
      for (let i = 0; i < points.length && met.size < members.length; i++) {
        const { member } = points[(start + i) % points.length] as Point;
        if (met.has(member)) continue;
        met.add(member);
        yield member;
      }
    },
  };
}

function firstAtOrAfter(points: readonly Point[], position: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle] as Point).position < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Consistent hashing with bounded load (Mirrokni, Thorup, Zadimoghaddam 2016): the first member on the way whose load
 * stays within `bound` times the mean after it got this key.
 * @param load what each member carries now
 * @returns undefined for an empty ring
 */
export function pickBounded(
  ring: Ring,
  key: string,
  load: (member: string) => number,
  members: readonly string[],
  bound: number = ROUTER_DEFAULTS.loadBound,
): string | undefined {
  let total = 1;
  for (const member of members) total += load(member);
  const limit = Math.ceil((bound * total) / members.length);
  let first: string | undefined;
  for (const member of ring.walk(key)) {
    first ??= member;
    if (load(member) + 1 <= limit) return member;
  }
  return first;
}
