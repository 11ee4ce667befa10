import { notification } from '../../mcp/jsonrpc.ts';
import { CONFIG } from '../config.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import { audience } from '../subscriptions.ts';
import { LISTS, type ListKind } from './lists.ts';

/** Tells sessions that lists changed: once per change that a client can see, however many servers caused it. */
export class Announcer {
  readonly #hub: Hub;
  /** Method of the notification to the servers whose lists changed. */
  readonly #pending = new Map<string, Set<Hosted>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** The lists of a shared server changed. */
  changed(hosted: Hosted, kinds: readonly ListKind[]): void {
    for (const kind of kinds) {
      const method = LISTS[kind].changed;
      const servers = this.#pending.get(method) ?? new Set();
      this.#pending.set(method, servers.add(hosted));
    }
    if (this.#pending.size === 0) return;
    this.#timer ??= setTimeout(
      this.#hub.boundary('timer of announcements', () => this.#flush()),
      CONFIG.announceDelay,
    );
    this.#timer.unref();
  }

  /** What these targets show changed. */
  targetsChanged(targets: ReadonlySet<string>): void {
    const methods = new Set(Object.values(LISTS).map(({ changed }) => changed));
    for (const each of audience(this.#hub)) {
      if (targets.has(each.target)) for (const method of methods) each.notify(notification(method));
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#timer = undefined;
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const each of audience(this.#hub)) {
      const { servers } = this.#hub.view(each);
      for (const [method, changed] of pending) {
        if (servers.some(({ hosted }) => changed.has(hosted))) each.notify(notification(method));
      }
    }
  }
}
