import { ROUTER_DEFAULTS } from '../config.ts';

/**
 * Keys of sessions that another node has taken over, so that copies of them are stale, by the tag of the node that may have one. They
 * are kept until that node has heard of them, which one that is gone never does: of too many the oldest are forgotten, those of the
 * node first that has been told of for longest.
 */
export class StaleCopies {
  /** In the order of the numbers of the keys. */
  readonly #byTag = new Map<string, Map<string, number>>();
  readonly #limit: number;
  #number = 0;
  #size = 0;
  #forgotten = false;

  constructor(limit: number = ROUTER_DEFAULTS.maxStaleKept) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether some were forgotten that their nodes had not heard of. */
  get forgotten(): boolean {
    return this.#forgotten;
  }

  add(tag: string, key: string): void {
    // Behind the others, so that they stay in the order of their numbers.
    this.delete(tag, key);
    const keys = this.#byTag.get(tag) ?? new Map<string, number>();
    this.#byTag.set(tag, keys.set(key, ++this.#number));
    this.#size++;
    if (this.#size > this.#limit) this.#forgetOldest();
  }

  delete(tag: string, key: string): void {
    const keys = this.#byTag.get(tag);
    if (keys?.delete(key) !== true) return;
    this.#size--;
    if (keys.size === 0) this.#byTag.delete(tag);
  }

  /** The node is not there any more, and its copies with it. */
  forget(tag: string): void {
    this.#size -= this.#byTag.get(tag)?.size ?? 0;
    this.#byTag.delete(tag);
  }

  /**
   * What a node has to hear, the oldest first and some at a time.
   * @param heard the cursor up to which it has heard
   */
  after(tag: string, heard: number): { keys: string[]; cursor: number } | undefined {
    const keys: string[] = [];
    let cursor = heard;
    for (const [key, number] of this.#byTag.get(tag) ?? []) {
      if (number <= heard) this.delete(tag, key);
      else if (keys.length < ROUTER_DEFAULTS.maxStale) {
        keys.push(key);
        cursor = number;
      } else break;
    }
    return keys.length > 0 ? { keys, cursor } : undefined;
  }

  /** Some at a time: the first entry of a map is found the slower the more were deleted before it. */
  #forgetOldest(): void {
    this.#forgotten = true;
    let left = Math.ceil(this.#limit / 100);
    for (const [tag, keys] of this.#byTag) {
      for (const key of keys.keys()) {
        if (left-- === 0) return;
        this.delete(tag, key);
      }
    }
  }
}
