import type { Listening, Subscriptions } from '../servers/listening.ts';

/**
 * Subscriptions at all nodes that have a process of a server: each tells of what happens there only, and calls go to any of them.
 */
export class ListeningAtAll implements Subscriptions {
  readonly #open: (tag: string, of: Subscriptions) => Listening;
  readonly #at = new Map<string, Listening>();
  readonly #uris = new Set<string>();

  /** @param open makes what listens at one node */
  constructor(open: (tag: string, of: Subscriptions) => Listening) {
    this.#open = open;
  }

  async subscribe(uri: string): Promise<void> {
    this.#uris.add(uri);
    await Promise.all([...this.#at.values()].map((listening) => listening.subscribe(uri)));
  }

  unsubscribe(uri: string): void {
    this.#uris.delete(uri);
    for (const listening of this.#at.values()) listening.unsubscribe(uri);
  }

  stop(): void {
    this.#uris.clear();
    for (const listening of this.#at.values()) listening.stop();
  }

  /** Goes on at these nodes, and no others. @param tags of the nodes */
  atNodes(tags: readonly string[]): void {
    for (const [tag, listening] of this.#at) {
      if (tags.includes(tag)) continue;
      listening.stop();
      this.#at.delete(tag);
    }
    for (const tag of tags) {
      if (this.#at.has(tag)) continue;
      const listening = this.#open(tag, this);
      this.#at.set(tag, listening);
      for (const uri of this.#uris) void listening.subscribe(uri);
    }
  }
}
