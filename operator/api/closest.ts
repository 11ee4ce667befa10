/** The word that another one was likely meant to be: at most two slips away, case aside; undefined where none is. */
export function closest(word: string, words: readonly string[]): string | undefined {
  const near = words
    .map((candidate) => ({ candidate, slips: slipsBetween(plain(word), plain(candidate)) }))
    .filter(({ candidate, slips }) => slips <= (candidate.length < 5 ? 1 : 2))
    .sort((a, b) => a.slips - b.slips);
  return near[0]?.candidate;
}

/** `idle_timeout-ms` and `idleTimeoutMs` are the same word. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, '');
}

/** Letters to insert, to drop or to change (Levenshtein), and neighbours to swap. */
function slipsBetween(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      const swapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1] ? at(before, j - 2) + 1 : Infinity;
      next.push(Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + same, swapped));
    }
    [before, row] = [row, next];
  }
  return at(row, other.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
