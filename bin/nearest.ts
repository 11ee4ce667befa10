import { editDistance } from '../settings/edit-distance.ts';

/**
 * The word a user most likely meant.
 * @returns undefined when none is near: more than a third of the letters would have to change
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(word, candidate);
    if (best === undefined || distance < best.distance) best = { word: candidate, distance };
  }
  if (best === undefined || best.distance > Math.max(1, Math.floor(best.word.length / 3))) return undefined;
  return best.word;
}
