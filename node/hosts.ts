import { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { ServerReport } from '../cluster/payload.ts';
import type { JsonRpcNotification } from '../mcp/jsonrpc.ts';
import { settingsDiff } from '../settings/diff.ts';
import type { ServerConfig, Settings } from '../settings/schema.ts';
import { transportOf } from '../settings/transport.ts';
import { Catalog } from './catalog/catalog.ts';
import type { ListKind } from './catalog/lists.ts';
import type { Connection, Owner } from './servers/connection.ts';
import type { Guardian } from './servers/guardian.ts';
import { createServerHost, type ServerHost } from './servers/host.ts';
import type { ProcessSlots } from './servers/process-slots.ts';
import type { StartTurns } from './servers/start-turns.ts';

/** A configured server with the lists of its shared connection. */
export interface Hosted {
  readonly name: string;
  /** As in the newest settings; `host` keeps the one that it was started with. */
  config: ServerConfig;
  readonly host: ServerHost;
  readonly catalog: Catalog;
  /** It runs on other nodes alone. */
  readonly elsewhere: boolean;
}

export interface HostsContext {
  log: Logger;
  version: string;
  guardian: Guardian;
  slots: ProcessSlots;
  /** Bytes of the longest message of a stdio server. */
  maxLine?: () => number;
  turns: StartTurns;
  /** Milliseconds that a server without its own `startTimeout` may take to start. */
  startTimeout: () => number;
  /** The connection over which the lists of a server are read. */
  listConnection(hosted: Hosted): Promise<Connection>;
}

interface HostsEvents {
  /** A server's report changed. */
  status: [hosted: Hosted];
  /** A list of a server is another one than before. */
  listed: [hosted: Hosted, kind: ListKind];
  /** A shared connection was opened, again perhaps: what was set on the old one must be set anew. */
  connected: [hosted: Hosted];
  notification: [hosted: Hosted, notification: JsonRpcNotification, owners: Owner[]];
}

const NOWHERE = { all: () => [], get: () => undefined };

/** The servers of this node, kept in line with the settings: only those whose own entry changed restart. */
export class Hosts extends EventEmitter<HostsEvents> {
  readonly #hosted = new Map<string, Hosted>();
  readonly #context: HostsContext;

  constructor(context: HostsContext) {
    super();
    this.#context = context;
  }

  /** The servers of other nodes; set once they can be reached. */
  elsewhere: { all(): Hosted[]; get(name: string): Hosted | undefined } = NOWHERE;

  /** Those of the settings, in their order. */
  all(): Hosted[] {
    return [...this.#hosted.values()];
  }

  /** The server of this name here. */
  own(name: string): Hosted | undefined {
    return this.#hosted.get(name);
  }

  /** The server of this name here, else on other nodes. */
  get(name: string): Hosted | undefined {
    const own = this.#hosted.get(name);
    const serves = own !== undefined && own.config.enabled !== false && own.config.refused === undefined;
    return serves ? own : (this.elsewhere.get(name) ?? own);
  }

  /** The server of this name here, and the one on other nodes. */
  variants(name: string): Hosted[] {
    return [this.#hosted.get(name), this.elsewhere.get(name)].filter((variant) => variant !== undefined);
  }

  /** Names of the servers that clients may ask for: those of the settings in their order, then those of other nodes. */
  enabledNames(): string[] {
    const own = this.all().filter((hosted) => hosted.config.enabled !== false);
    const all = [...own, ...this.elsewhere.all()];
    return [...new Set(all.map((hosted) => hosted.name))];
  }

  reports(): Record<string, ServerReport> {
    return Object.fromEntries(
      this.all()
        .filter((hosted) => hosted.config.enabled !== false)
        .map((hosted) => [hosted.name, hosted.host.report]),
    );
  }

  /** Starts what was added, stops what was removed, restarts what changed; the rest keeps its process. */
  async apply(next: Settings, previous: Settings | undefined): Promise<void> {
    const sameInstall =
      previous === undefined || isDeepStrictEqual(previous.systemConfig.install, next.systemConfig.install);
    const { removed, changed } = settingsDiff(previous?.mcpServers ?? {}, next.mcpServers, sameInstall);
    const stopped = [...removed, ...changed].flatMap((name) => this.#hosted.get(name) ?? []);
    for (const { name } of stopped) this.#hosted.delete(name);
    const stopping = Promise.all(stopped.map(({ host }) => host.stop()));
    const kept = new Map(this.#hosted);
    this.#hosted.clear();
    for (const [name, config] of Object.entries(next.mcpServers)) {
      if (transportOf(config) === 'openapi') continue;
      const old = kept.get(name);
      if (old !== undefined) old.config = config;
      this.#hosted.set(name, old ?? this.#open(name, config, next));
    }
    this.#context.slots.settle();
    this.#context.turns.settle();
    await stopping;
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map(({ host }) => host.stop()));
  }

  #open(name: string, config: ServerConfig, settings: Settings): Hosted {
    const log = this.#context.log.child({ server: name });
    const host = createServerHost(name, config, {
      log,
      install: settings.systemConfig.install,
      version: this.#context.version,
      guardian: this.#context.guardian,
      slots: this.#context.slots,
      maxLine: this.#context.maxLine,
      turns: this.#context.turns,
      startTimeout: this.#context.startTimeout,
      readLists: (connection) => hosted.catalog.fill(connection),
    });
    const hosted: Hosted = {
      name,
      config,
      host,
      elsewhere: false,
      catalog: new Catalog(
        () => this.#context.listConnection(hosted),
        log,
        host.patience,
        (kind) => this.emit('listed', hosted, kind),
      ),
    };
    // Each session that opens while the server starts listens to its status.
    host.setMaxListeners(0);
    host.on('status', () => this.emit('status', hosted));
    host.on('connected', () => {
      hosted.catalog.invalidate();
      this.emit('connected', hosted);
    });
    host.on('notification', (notification, owners) => this.emit('notification', hosted, notification, owners));
    host.start();
    return hosted;
  }
}
