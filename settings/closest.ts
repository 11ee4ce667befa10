import { editDistance } from './edit-distance.ts';

/** The word that another one was likely meant to be: at most two slips away, case aside; undefined where none is. */
export function closest(word: string, words: readonly string[]): string | undefined {
  const near = words
    .map((candidate) => ({ candidate, slips: editDistance(plain(word), plain(candidate)) }))
    .filter(({ candidate, slips }) => slips <= (candidate.length < 5 ? 1 : 2))
    .sort((a, b) => a.slips - b.slips);
  return near[0]?.candidate;
}

/** `idle_timeout-ms` and `idleTimeoutMs` are the same word. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, '');
}
