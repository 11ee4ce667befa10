import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { pin, readPin } from '../../cluster/pinned.ts';

/** Whom something belongs to that a client brings back. */
export interface PinOwner {
  readonly principal: string;
  readonly target: string;
}

export type State = { state: string } | { heldCall: string };

const SERVER_STATE = 's';
const HELD_CALL = 'h';
const TASK = 't';
/** 128 bits in base64url. */
const MAC_LENGTH = 22;
const VISIBLE = /^[\x21-\x24\x26-\x7e][\x21-\x7e]*$/;

/**
 * What clients bring back to the node that gave it to them: the state of a server that waits for input, a call that is held, the id of
 * a task. The node's tag in front brings them here (see `cluster/pinned.ts`); a mac binds them to principal, target and server, so that
 * they are of no use to anybody else, nor anywhere else.
 */
export class Pins {
  readonly #tag: string;
  readonly #keys: () => readonly string[];
  readonly #ownKey = randomBytes(32).toString('base64url');

  /**
   * @param tag of this node
   * @param keys secrets that members share, the first signs; without any, what a node gave out ends with its process
   */
  constructor(tag: string, keys: () => readonly string[]) {
    this.#tag = tag;
    this.#keys = keys;
  }

  /** A server's own requestState, which its process here made. */
  state(owner: PinOwner, server: string, state: string): string {
    return this.#pin(SERVER_STATE, owner, server, state);
  }

  /** A call that this node holds. */
  heldCall(owner: PinOwner, server: string, id: string): string {
    return this.#pin(HELD_CALL, owner, server, id);
  }

  /** A task of a server. */
  task(owner: PinOwner, server: string, id: string): string {
    return this.#pin(TASK, owner, server, id, `${encodeURIComponent(server).replaceAll('.', '%2E')}.`);
  }

  /** @returns what a requestState stands for; undefined when no node gave it to this owner for this server */
  readState(owner: PinOwner, server: string, text: string): State | undefined {
    const state = this.#read(SERVER_STATE, owner, server, text);
    if (state !== undefined) return { state };
    const heldCall = this.#read(HELD_CALL, owner, server, text);
    return heldCall === undefined ? undefined : { heldCall };
  }

  /** @returns the task behind an id; undefined when this node did not give it to this owner */
  readTask(owner: PinOwner, taskId: string): { server: string; id: string } | undefined {
    if (readPin(taskId)?.tag !== this.#tag) return undefined;
    const server = /^mh\.[^.]*\.t\.[^.]*\.([^.]*)\./.exec(taskId)?.[1];
    if (server === undefined || !isEncoded(server)) return undefined;
    const name = decodeURIComponent(server);
    const id = this.#read(TASK, owner, name, taskId, `${server}.`);
    return id === undefined ? undefined : { server: name, id };
  }

  /** @param prefix stands before the value, to be read by whoever does not know the server yet */
  #pin(kind: string, owner: PinOwner, server: string, value: string, prefix = ''): string {
    const [key = this.#ownKey] = this.#keys();
    // Pinned texts are visible ASCII, which what a server makes need not be.
    const written = prefix + (VISIBLE.test(value) ? value : `%${encodeURIComponent(value.toWellFormed())}`);
    return pin(this.#tag, `${kind}.${mac(key, kind, owner, server, written)}.${written}`);
  }

  #read(kind: string, owner: PinOwner, server: string, text: string, prefix = ''): string | undefined {
    const value = readPin(text)?.value;
    const start = kind.length + MAC_LENGTH + 2;
    if (value?.startsWith(`${kind}.`) !== true || value[start - 1] !== '.') return undefined;
    const given = Buffer.from(value.slice(kind.length + 1, start - 1));
    const written = value.slice(start);
    const keys = this.#keys();
    const isOurs = (keys.length === 0 ? [this.#ownKey] : keys).some((key) => {
      const expected = Buffer.from(mac(key, kind, owner, server, written));
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
    if (!isOurs) return undefined;
    const own = written.slice(prefix.length);
    return own.startsWith('%') ? decodeURIComponent(own.slice(1)) : own;
  }
}

function mac(key: string, kind: string, { principal, target }: PinOwner, server: string, written: string): string {
  const hmac = createHmac('sha256', key);
  for (const part of ['pin', kind, principal, target, server, written]) hmac.update(`${part.length}:${part}`);
  return hmac.digest().subarray(0, 16).toString('base64url');
}

function isEncoded(text: string): boolean {
  try {
    return decodeURIComponent(text) !== '';
  } catch {
    return false;
  }
}
