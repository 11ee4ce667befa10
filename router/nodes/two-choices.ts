/**
 * The one with less to do of two members chosen at random (Mitzenmacher 2001): nearly as even as the least of all, at a cost that
 * does not grow with their number, and many who choose at once do not all choose the same.
 * @param load what each member is at now
 * @returns undefined when there are no members
 */
export function lighterOfTwo<T>(
  members: readonly T[],
  load: (member: T) => number,
  random: () => number = Math.random,
): T | undefined {
  const first = Math.floor(random() * members.length);
  if (members.length < 2) return members[first];
  const second = (first + 1 + Math.floor(random() * (members.length - 1))) % members.length;
  const [one, other] = [members[first] as T, members[second] as T];
  return load(other) < load(one) ? other : one;
}
