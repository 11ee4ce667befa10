import { pin, readPin } from '../../cluster/pinned.ts';

/**
 * What clients bring back to the node that gave it to them: the state of a server that waits for input, a call that is held,
 * the id of a task. The node's tag in front brings them here; see `cluster/pinned.ts`.
 */

const SERVER_STATE = 's.';
const HELD_CALL = 'h.';
const TASK = 't.';

/** A server's own requestState, pinned to this node, whose process of the server made it. */
export function pinState(tag: string, state: string): string {
  return pin(tag, SERVER_STATE + state);
}

/** A call that this node holds. */
export function pinHeldCall(tag: string, id: string): string {
  return pin(tag, HELD_CALL + id);
}

/** A task of a server. */
export function pinTask(tag: string, server: string, id: string): string {
  return pin(tag, `${TASK}${encodeURIComponent(server).replaceAll('.', '%2E')}.${id}`);
}

export type State = { state: string } | { heldCall: string };

/** What a requestState stands for; one that no node pinned is the server's own. */
export function readState(text: string): State {
  const value = readPin(text)?.value;
  if (value?.startsWith(SERVER_STATE)) return { state: value.slice(SERVER_STATE.length) };
  if (value?.startsWith(HELD_CALL)) return { heldCall: value.slice(HELD_CALL.length) };
  return { state: text };
}

/** The task behind an id that this node gave out. */
export function readTask(taskId: string, tag: string): { server: string; id: string } | undefined {
  const pinned = readPin(taskId);
  if (pinned?.tag !== tag || !pinned.value.startsWith(TASK)) return undefined;
  const [, server = '', id] = /^([^.]*)\.(.+)$/s.exec(pinned.value.slice(TASK.length)) ?? [];
  return id === undefined ? undefined : { server: decodeURIComponent(server), id };
}
