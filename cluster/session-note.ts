/**
 * What a coordinator tells a node of the session that a request belongs to. It has checked the id, so a node that does
 * not hold the session may re-create it from the id.
 */
export interface SessionNote {
  /** Of the node that opened the session. */
  tag: string;
  /** Grows with each adoption; 0 while the session is where it was opened. */
  epoch: number;
  /** The request can be sent to another node if this one does not want to begin it. */
  movable: boolean;
  /** Stands for the principal that the session belongs to; empty where nobody has to say who they are. */
  principal: string;
}

/** The note as the value of a header. */
export function encodeSessionNote({ tag, epoch, movable, principal }: SessionNote): string {
  return `${tag} ${epoch.toString(36)} ${movable ? 1 : 0} ${principal}`;
}

/** @returns undefined for whatever no coordinator of ours wrote */
export function decodeSessionNote(text: unknown): SessionNote | undefined {
  const [, tag, epoch, movable, principal = ''] =
    /^([\w-]{1,16}) ([0-9a-z]{1,11}) ([01])(?: ([\w-]{0,64}))?$/.exec(String(text)) ?? [];
  if (tag === undefined || epoch === undefined) return undefined;
  return { tag, epoch: Number.parseInt(epoch, 36), movable: movable === '1', principal };
}
