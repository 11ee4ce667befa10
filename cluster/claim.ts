/**
 * A node's word that it holds a session which it did not open. Of several claims to one session the one with the
 * larger epoch holds, so that a node that was cut off for a while gives way to the one that took over from it.
 */
export interface Claim {
  /** See `sessionKey`. */
  key: string;
  /** Of the node that opened the session. */
  tag: string;
  epoch: number;
}

/** The claim as one text in payloads. */
export function encodeClaim({ key, tag, epoch }: Claim): string {
  return `${tag}.${key}.${epoch.toString(36)}`;
}

/** @returns undefined for a text that is no claim, such as one of a later version */
export function decodeClaim(text: string): Claim | undefined {
  const [, tag, key, epoch] = /^([\w-]{8})\.([\w-]{20})\.([0-9a-z]{1,11})$/.exec(text) ?? [];
  if (tag === undefined || key === undefined || epoch === undefined) return undefined;
  return { tag, key, epoch: Number.parseInt(epoch, 36) };
}

/**
 * The epoch of the next adoption. Counting alone would let two adoptions meet at the same number when the first is not
 * known any more; the time in it makes the later one win as far as clocks agree, and counting where they do not.
 */
export function nextEpoch(known: number, now: number = Date.now()): number {
  return Math.max(known + 1, now);
}
