import { notification } from '../../mcp/jsonrpc.ts';
import { CONFIG } from '../config.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import type { Session } from '../sessions/session.ts';
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
    this.#timer ??= setTimeout(() => this.#flush(), CONFIG.announceDelay);
    this.#timer.unref();
  }

  /** What these targets show changed. */
  targetsChanged(targets: ReadonlySet<string>): void {
    const methods = new Set(Object.values(LISTS).map(({ changed }) => changed));
    for (const session of this.#ready()) {
      if (targets.has(session.target)) for (const method of methods) session.notify(notification(method));
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#timer = undefined;
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const session of this.#ready()) {
      const { servers } = this.#hub.view(session);
      for (const [method, changed] of pending) {
        if (servers.some(({ hosted }) => changed.has(hosted))) session.notify(notification(method));
      }
    }
  }

  #ready(): Session[] {
    return [...this.#hub.sessions.all()].filter(({ client }) => client !== undefined);
  }
}
