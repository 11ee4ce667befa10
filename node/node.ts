import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { createBoundary } from '../cluster/boundary.ts';
import type { MembershipReply } from '../cluster/payload.ts';
import { nodeTag } from '../cluster/tag.ts';
import type { SettingsSource } from '../settings/store.ts';
import { groupsOf } from '../settings/targets.ts';
import { Lanes } from './bridge/lanes.ts';
import { Pins } from './bridge/pins.ts';
import { Announcer } from './catalog/announcer.ts';
import { Views } from './catalog/views.ts';
import { CONFIG, NODE_TIMING, type NodeTiming } from './config.ts';
import { type Joined, joinCluster } from './elsewhere/join.ts';
import { expire } from './expire.ts';
import { Hosts } from './hosts.ts';
import { createEndpoint } from './http/endpoint.ts';
import type { Hub } from './hub.ts';
import { KnownGroups } from './known-groups.ts';
import { Membership } from './membership/membership.ts';
import { membershipReport, type NodeState } from './membership/report.ts';
import { createNodeMetrics } from './metrics.ts';
import type { Listener } from './modern/listener.ts';
import { endUntied } from './modern/tied.ts';
import { listConnection, listed, nearest } from './nearest.ts';
import { endOwnProcesses } from './own-processes.ts';
import { reachable } from './reachable.ts';
import { createGuardian } from './servers/guardian.ts';
import { ProcessSlots } from './servers/process-slots.ts';
import { StartTurns } from './servers/start-turns.ts';
import { mustReset } from './sessions/must-reset.ts';
import { Peers } from './sessions/peers.ts';
import { ClientPings } from './sessions/ping.ts';
import type { Session } from './sessions/session.ts';
import { Sessions } from './sessions/sessions.ts';
import { followSharedServers } from './shared-events.ts';
import { unfollow } from './subscriptions.ts';

export interface NodeOptions {
  settings: SettingsSource;
  /** Port 0 takes any free one; the base path is '' or begins with a slash. */
  listen: { host: string; port: number; basePath: string };
  identity: { id: string; name: string; url?: string | undefined; zone?: string | undefined };
  coordinators: readonly string[];
  /** Any opens the MCP endpoints; the first is sent to coordinators. */
  clusterTokens: () => readonly string[];
  log: Logger;
  metrics: Registry;
  version: string;
  timing?: Partial<NodeTiming>;
}

export interface HubNode {
  start(): Promise<void>;
  /** Graceful: leaves placement at once, lets calls in flight finish within `drainTimeout`, then ends. */
  stop(options?: { graceful?: boolean }): Promise<void>;
  readonly url: string;
  /** Registered with a coordinator, if it has any, and not draining. */
  ready(): boolean;
}

/**
 * A node: hosts the MCP servers of its settings and serves them to clients, by way of its coordinators.
 * @throws nothing; `start` rejects when the port cannot be had
 */
export function createNode(options: NodeOptions): HubNode {
  return new Worker(options);
}

class Worker implements HubNode {
  readonly #options: NodeOptions;
  readonly #log: Logger;
  readonly #hosts: Hosts;
  readonly #sessions: Sessions;
  readonly #views: Views;
  readonly #hub: Hub;
  readonly #announcer: Announcer;
  readonly #groups: KnownGroups;
  readonly #guardian;
  readonly #endpoint;
  /** Tells this process from another one with the same id. */
  readonly #instance = randomUUID();
  #members: readonly string[] = [];
  #leaving = false;
  #membership: Membership | undefined;
  #joined: Joined | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | undefined;
  #unwatch: () => void = () => undefined;
  #reloading: Promise<void> = Promise.resolve();
  #draining = false;
  #url = '';

  constructor(options: NodeOptions) {
    const { log, version, settings } = options;
    this.#options = options;
    this.#log = log;
    const timing = { ...NODE_TIMING, ...options.timing };
    this.#sessions = new Sessions(timing.clientAnswerTimeout);
    this.#guardian = createGuardian(log);
    const limits = () => settings.current.systemConfig.cluster.limits;
    const slots = new ProcessSlots(limits, () => metrics.refused('processes'));
    const lanes = new Lanes(timing.clientAnswerTimeout, log);
    this.#hosts = new Hosts({
      log,
      version,
      guardian: this.#guardian,
      slots,
      maxLine: () => limits().stdioMessageBytes,
      turns: new StartTurns(() => limits().startsAtOnce ?? availableParallelism()),
      startTimeout: () => settings.current.systemConfig.startTimeout,
      listConnection: (hosted) => listConnection(hosted, lanes),
    });
    this.#groups = new KnownGroups(() => groupsOf(settings.current));
    this.#views = new Views(() => ({ settings: settings.current, hosts: this.#hosts, groups: this.#groups.all() }));
    const listeners = new Set<Listener>();
    const sources = { hosts: this.#hosts, sessions: this.#sessions, slots, listeners };
    const metrics = createNodeMetrics(options.metrics, sources);
    const isDraining = () => this.#draining;
    const hub: Hub = {
      settings,
      hosts: this.#hosts,
      sessions: this.#sessions,
      listeners,
      lanes,
      pins: new Pins(nodeTag(options.identity.id), options.clusterTokens),
      metrics,
      log,
      boundary: createBoundary(log),
      version,
      tag: nodeTag(options.identity.id),
      startedAt: Date.now(),
      get draining() {
        return isDraining();
      },
      timing,
      groups: () => this.#groups.all(),
      refreshGroups: () => this.#membership?.refresh() ?? Promise.resolve(),
      findView: (target) => this.#views.find(target),
      view: ({ target }) => this.#views.get(target),
      nearest: (caller, hosted) => nearest(this.#hosts, caller, hosted),
      peer: (session) => peers.peer(session),
      prepare: (caller, hosted) => peers.prepare(caller, hosted),
      connect: (caller, hosted) => peers.connect(caller, hosted),
      announce: (hosted, kinds) => this.#announcer.changed(hosted, kinds),
      catalog: (caller, hosted) => peers.catalog(caller, listed(this.#hosts, hosted)),
    };
    const peers = new Peers(hub);
    this.#hub = hub;
    this.#announcer = new Announcer(hub);
    this.#endpoint = createEndpoint(hub, {
      basePath: options.listen.basePath,
      clusterTokens: options.clusterTokens,
      nodeId: options.identity.id,
      port: { host: options.listen.host, url: options.identity.url },
    });
  }

  get url(): string {
    return this.#url;
  }

  ready(): boolean {
    return this.#url !== '' && !this.#draining && (this.#membership?.registered ?? true);
  }

  async start(): Promise<void> {
    const { settings, listen, coordinators } = this.#options;
    const { server } = this.#endpoint;
    server.listen(listen.port, listen.host);
    await once(server, 'listening');
    const { address, port } = server.address() as AddressInfo;
    this.#url = `http://${reachable(address)}:${port}${listen.basePath}`;
    followSharedServers(this.#hub, this.#announcer);
    this.#hosts.on('status', () => this.#membership?.changed());
    this.#hosts.on('listed', () => this.#tellSoon());
    this.#sessions.on('news', () => this.#tellSoon());
    this.#sessions.on('closed', (session) => {
      unfollow(this.#hub, session);
      endOwnProcesses(this.#hub, session.id);
    });
    await this.#hosts.apply(settings.current, undefined);
    this.#unwatch = settings.onChange((next, previous) => {
      this.#reloading = this.#reloading.then(() => this.#reload(next, previous));
    });
    const pings = new ClientPings(this.#hub);
    const sweep = this.#hub.boundary('timer of sessions', () => expire(this.#hub, pings, this.#joined));
    this.#sweep = setInterval(sweep, this.#hub.timing.sweepInterval).unref();
    const { registerOnStartup } = settings.current.systemConfig.cluster.node;
    if (coordinators.length > 0 && registerOnStartup) this.#join(port);
    this.#log.info({ role: 'node', url: this.#url }, 'Listening');
  }

  async stop({ graceful = false }: { graceful?: boolean } = {}): Promise<void> {
    this.#draining = true;
    this.#unwatch();
    clearInterval(this.#sweep);
    clearTimeout(this.#telling);
    if (graceful) await this.#drain();
    this.#leaving = true;
    await Promise.all([this.#membership?.stop(), this.#joined?.stop()]);
    // What coordinators sent before they heard of that is on its way, and is sent elsewhere.
    if (graceful && this.#membership !== undefined) await delay(CONFIG.leaveGrace);
    this.#announcer.stop();
    this.#hub.lanes.stop();
    for (const session of [...this.#sessions.all()]) this.#sessions.close(session, 'the node stops');
    const { server, trunks } = this.#endpoint;
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    trunks.leave();
    await this.#hosts.stop();
    server.closeAllConnections();
    trunks.destroy();
    await closed;
    await this.#guardian.close();
  }

  /** Out of placement at once; then streams end, so that clients reopen them elsewhere, and calls finish. */
  async #drain(): Promise<void> {
    const { drainTimeout } = this.#options.settings.current.systemConfig.cluster.node;
    const deadline = performance.now() + drainTimeout;
    await this.#membership?.refresh();
    const stays = (session: Session) => mustReset(this.#hub, session.target);
    for (const session of [...this.#sessions.all()]) if (!stays(session)) this.#sessions.endStreams(session);
    for (const listener of [...this.#hub.listeners]) listener.end();
    await this.#sessions.finished(stays, Math.max(0, deadline - performance.now()));
  }

  async #reload(next: SettingsSource['current'], previous: SettingsSource['current']): Promise<void> {
    try {
      const applied = this.#hosts.apply(next, previous);
      // At once: what goes away may take seconds to end, and calls must not reach it any more.
      this.#targetsChanged();
      this.#membership?.changed();
      await applied;
    } catch (error) {
      this.#log.error({ err: error }, 'Changed settings not applied in full');
    }
  }

  #targetsChanged(): void {
    this.#announcer.targetsChanged(this.#views.refresh());
    endUntied(this.#hub);
  }

  #join(port: number): void {
    const { settings, identity, coordinators, clusterTokens, listen, log } = this.#options;
    this.#membership = new Membership({
      identity,
      coordinators,
      tokens: clusterTokens,
      heartbeatInterval: settings.current.systemConfig.cluster.node.heartbeatInterval,
      port,
      basePath: listen.basePath,
      report: (cursors) => membershipReport(this.#hub, this.#state(), cursors),
      onReply: (reply) => this.#hear(reply),
      log,
    });
    const membership = this.#membership;
    membership.start();
    this.#joined = joinCluster({
      hub: this.#hub,
      hosts: this.#hosts,
      announcer: this.#announcer,
      addresses: () => membership.addresses(),
      tokens: clusterTokens,
      onServers: () => this.#targetsChanged(),
    });
  }

  #state(): NodeState {
    const { zone } = this.#options.identity;
    return { zone, instance: this.#instance, leaving: this.#leaving, members: this.#members };
  }

  #hear({ groups, stale, buried, members }: NonNullable<MembershipReply['data']>): void {
    if (groups !== undefined && this.#groups.hear(groups)) this.#targetsChanged();
    if (members !== undefined) this.#members = members;
    if (stale !== undefined) this.#sessions.forsake(stale.keys);
    if (buried !== undefined) this.#sessions.learnGraves(buried.keys);
  }

  /** Several changes that come together are told together. */
  #tellSoon(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#membership?.changed();
    }, CONFIG.newsDelay).unref();
  }
}
