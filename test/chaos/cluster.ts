import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { type Balancer, startBalancer } from '../support/balancer.ts';
import {
  type ClusterMember,
  clusterAuth,
  hosting,
  type NodeRow,
  openMember,
  type SettingsFile,
  script,
} from '../support/cluster.ts';
import { freePort } from '../support/free-port.ts';
import type { HubProcess } from '../support/process.ts';
import { until } from '../support/until.ts';
import { NodeProxy } from './node-proxy.ts';
import type { ChaosOptions } from './options.ts';
import { coordinatorId, nodeId, proxiedNode } from './schedule.ts';

/** Times of the members, in milliseconds, short enough that a minute shows a lot. */
export const TIMES = {
  nodeTimeout: 2_000,
  cleanupInterval: 500,
  heartbeatInterval: 500,
  /** Longer than clients wait before they open a stream again, so that they do not meet a connection that just closes. */
  drainDelay: 1_500,
  drainTimeout: 10_000,
} as const;

const COLLECT_GARBAGE = fileURLToPath(new URL('collect-garbage.ts', import.meta.url));

/** What a node hosts; `extra` is what a reload adds. */
export function nodeSettings(extra: boolean): SettingsFile {
  const servers = { tools: script('cluster-tools'), ...(extra ? { extra: script('cluster-tools') } : {}) };
  return hosting(servers, TIMING_SETTINGS);
}

const TIMING_SETTINGS = {
  systemConfig: {
    cluster: {
      node: { heartbeatInterval: TIMES.heartbeatInterval, drainTimeout: TIMES.drainTimeout },
      coordinator: {
        nodeTimeout: TIMES.nodeTimeout,
        cleanupInterval: TIMES.cleanupInterval,
        drainDelay: TIMES.drainDelay,
        drainTimeout: TIMES.drainTimeout,
      },
    },
  },
};

type ClusterSize = Pick<ChaosOptions, 'nodes' | 'coordinators' | 'record'>;

/** Several coordinators behind balancers, and nodes that know them all, the last one behind a proxy. */
export class ChaosCluster {
  readonly members = new Map<string, ClusterMember>();
  /** Each connection goes to the next coordinator. */
  readonly balancer: Balancer;
  /** Each request does. */
  readonly spreader: Balancer;
  readonly proxy: NodeProxy;
  /** Every process there was, those that were replaced too. */
  readonly processes: { id: string; process: HubProcess }[] = [];
  /** Coordinators that nobody should be asked at now. */
  readonly away = new Set<string>();
  /** Processes that ended though nobody asked them to. */
  readonly crashed: string[] = [];
  readonly #folder: string;
  readonly #proxied: string;
  readonly #asked = new Set<HubProcess>();

  private constructor(folder: string, proxied: string, proxy: NodeProxy, balancer: Balancer, spreader: Balancer) {
    this.#folder = folder;
    this.#proxied = proxied;
    this.proxy = proxy;
    this.balancer = balancer;
    this.spreader = spreader;
  }

  /** Starts all members and waits until every coordinator sees every node with its servers. */
  static async start(options: ClusterSize): Promise<ChaosCluster> {
    const [balancer, spreader] = await Promise.all([startBalancer([]), startBalancer([], 'request')]);
    const target = await freePort();
    const proxy = new NodeProxy(await freePort(), target);
    const folder = mkdtempSync(join(tmpdir(), 'mcphub-chaos-'));
    const cluster = new ChaosCluster(folder, proxiedNode(options), proxy, balancer, spreader);
    try {
      await proxy.listen();
      await cluster.#open(options, target);
      return cluster;
    } catch (error) {
      await cluster.stop().catch(() => {});
      throw error;
    }
  }

  async #open({ nodes, coordinators, record }: ClusterSize, target: number): Promise<void> {
    const env = {
      LOG_LEVEL: record === undefined ? 'info' : 'debug',
      NODE_OPTIONS: `--expose-gc --import ${COLLECT_GARBAGE}`,
    };
    for (let n = 1; n <= coordinators; n++) {
      const port = { PORT: String(await freePort()) };
      this.#add(openMember('coordinator', coordinatorId(n), this.#folder, TIMING_SETTINGS, { ...env, ...port }));
    }
    await Promise.all(this.coordinators.map((member) => member.listening()));
    const known = { MCPHUB_COORDINATOR_URL: this.coordinators.map(({ url }) => url).join() };
    for (let n = 1; n <= nodes; n++) {
      const id = nodeId(n);
      const behindProxy = id === this.#proxied;
      const port = { PORT: String(behindProxy ? target : await freePort()) };
      const own = behindProxy ? { MCPHUB_NODE_URL: this.proxy.url } : {};
      this.#add(openMember('node', id, this.#folder, nodeSettings(false), { ...env, ...known, ...port, ...own }));
    }
    await Promise.all(this.nodes.map((member) => member.listening()));
    await Promise.all(this.nodes.map(({ id }) => this.serving(id, ['tools'])));
    for (const { url } of this.coordinators) this.#admit(url);
  }

  get coordinators(): ClusterMember[] {
    return [...this.members.values()].filter(({ role }) => role === 'coordinator');
  }

  get nodes(): ClusterMember[] {
    return [...this.members.values()].filter(({ role }) => role === 'node');
  }

  /** Where coordinators reach nodes. */
  get nodePorts(): ReadonlySet<number> {
    return new Set([...this.nodes.map(({ port }) => port), new URL(this.proxy.url).port].map(Number));
  }

  member(id: string): ClusterMember {
    const found = this.members.get(id);
    if (found === undefined) throw new Error(`the cluster has no ${id}`);
    return found;
  }

  /** Puts a coordinator into the rotation of both balancers. */
  #admit(url: string): void {
    this.balancer.add(url);
    this.spreader.add(url);
  }

  /** Takes it out, as Kubernetes does with a Pod that is asked to end. */
  dismiss({ url }: ClusterMember): void {
    this.balancer.remove(url);
    this.spreader.remove(url);
  }

  /** Sends a signal that ends the process. @returns its exit code */
  async end(member: ClusterMember, signal: 'SIGKILL' | 'SIGTERM', patience = 20_000): Promise<number | null> {
    this.#asked.add(member.process);
    // In the same turn: nobody finds a proxy that accepts before a node that is dead.
    if (member.id === this.#proxied) this.proxy.refuse();
    return (await member.process.kill(signal, patience)).code;
  }

  /**
   * Starts a member that has ended, at the same address, and waits until it has its place in the cluster again.
   * @param servers what a node has to serve
   */
  async again(member: ClusterMember, servers: readonly string[] = []): Promise<void> {
    const since = Date.now();
    await member.restart().finally(() => this.#watch(member));
    if (member.id === this.#proxied) await this.proxy.listen();
    if (member.role === 'node') {
      await this.serving(member.id, servers, since);
    } else {
      await this.#ready(member);
      this.#admit(member.url);
      const present = this.nodes.filter(({ id }) => !this.away.has(id));
      await Promise.all(present.map(({ id }) => this.#seenBy([member], id)));
    }
    this.away.delete(member.id);
  }

  /** Waits until all coordinators see the node active and with at least these servers. */
  async serving(id: string, servers: readonly string[], startedSince = 0): Promise<void> {
    const asked = this.coordinators.filter((member) => !this.away.has(member.id));
    await this.#seenBy(asked, id, servers, startedSince);
  }

  async #seenBy(
    coordinators: readonly ClusterMember[],
    id: string,
    servers: readonly string[] = [],
    startedSince = 0,
  ): Promise<void> {
    const isServing = (row: NodeRow) =>
      row.id === id &&
      row.status === 'active' &&
      row.metadata?.draining !== true &&
      Number(row.metadata?.startedAt) >= startedSince &&
      servers.every((server) => row.servers.includes(server));
    const seen = async () => {
      const present = coordinators.filter((member) => !hasEnded(member));
      const lists = await Promise.all(present.map(({ url }) => nodesOf(url)));
      return lists.every((rows) => rows.some(isServing)) || (startedSince === 0 && this.away.has(id));
    };
    await until(seen, 20_000).catch(() => {
      const names = coordinators.map((member) => member.id).join(' and ');
      throw new Error(`${names} did not see ${id} serve ${servers.join(' and ')} within 20 s`);
    });
  }

  async #ready(member: ClusterMember): Promise<void> {
    const { url } = await member.process.message('Metrics and probes are served', 0);
    await until(async () => (await statusOf(`${url}/readyz`)) === 200, 20_000).catch(() => {
      throw new Error(`${member.id} was not ready within 20 s`);
    });
  }

  #add(member: ClusterMember): void {
    this.members.set(member.id, member);
    this.#watch(member);
  }

  #watch({ id, process }: ClusterMember): void {
    if (this.processes.some((known) => known.process === process)) return;
    this.processes.push({ id, process });
    void process.exited.then(({ code, signal }) => {
      if (!this.#asked.has(process)) this.crashed.push(`${id} ended by itself: ${signal ?? code}\n${process.tail()}`);
    });
  }

  /**
   * Ends all members and the balancers.
   * @returns what is wrong with how they ended
   */
  async stop(): Promise<{ ends: string[]; leftovers: string[] }> {
    const ends: string[] = [];
    const end = async (member: ClusterMember) => {
      const code = await this.end(member, 'SIGTERM');
      if (code !== 0) ends.push(`${member.id} ended with ${code} after SIGTERM`);
    };
    await Promise.all(this.nodes.map(end));
    await Promise.all(this.coordinators.map(end));
    this.proxy.close();
    await Promise.all([this.balancer.close(), this.spreader.close()]);
    const leftovers = await Promise.all(this.processes.map(({ process }) => process.leftovers()));
    rmSync(this.#folder, { recursive: true, force: true });
    return { ends, leftovers: leftovers.flat() };
  }
}

function hasEnded({ process: { child } }: ClusterMember): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function nodesOf(url: string): Promise<NodeRow[]> {
  try {
    // A connection of its own, which is gone afterwards and is not counted among the member's.
    const { body } = await request(`${url}/api/cluster/nodes`, { headers: clusterAuth, reset: true });
    return ((await body.json()) as { data: NodeRow[] }).data;
  } catch {
    return [];
  }
}

async function statusOf(url: string): Promise<number> {
  try {
    const { statusCode, body } = await request(url, { reset: true });
    await body.dump();
    return statusCode;
  } catch {
    return 0;
  }
}
