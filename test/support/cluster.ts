import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { HubProcess } from './process.ts';

export type SettingsFile = Record<string, unknown> & { mcpServers?: Record<string, Record<string, unknown>> };

export interface MemberOptions {
  settings?: SettingsFile;
  env?: Record<string, string>;
  /** Servers that never come up here, so that nobody waits for them. */
  down?: string[];
  /** See {@link HubProcess}. */
  wrapper?: readonly string[];
}

export const CLUSTER_TOKEN = 'token-of-the-test-cluster';
export const CLUSTER_SECRET = 'secret-of-the-test-cluster';
const EVERYTHING = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/server-everything/dist/index.js', import.meta.url),
);

/** A server of test/support/servers as an entry of `mcpServers`. */
export function script(name: string, extra: Record<string, unknown> = {}, ...args: string[]): Record<string, unknown> {
  const file = fileURLToPath(new URL(`servers/${name}.ts`, import.meta.url));
  return { command: process.execPath, args: [file, ...args], ...extra };
}

/** The server with all features of MCP, from npm, as an entry of `mcpServers`. */
export function everything(extra: Record<string, unknown> = {}): Record<string, unknown> {
  return { command: process.execPath, args: [EVERYTHING, 'stdio'], ...extra };
}

/** Settings of a member that only hosts these servers. */
export function hosting(mcpServers: Record<string, Record<string, unknown>>, rest: object = {}): SettingsFile {
  return { mcpServers, ...rest };
}

/** A member of a cluster: its process, which may be a second one after a restart, and its settings file. */
export class ClusterMember {
  readonly role: 'coordinator' | 'node';
  readonly id: string;
  readonly folder: string;
  process: HubProcess;
  url = '';
  readonly #env: Record<string, string>;
  readonly #wrapper: readonly string[];

  constructor(
    role: 'coordinator' | 'node',
    id: string,
    folder: string,
    env: Record<string, string>,
    wrapper: readonly string[] = [],
  ) {
    this.role = role;
    this.id = id;
    this.folder = folder;
    this.#env = {
      HOME: folder,
      PORT: '0',
      METRICS_PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'debug',
      MCPHUB_SETTING_PATH: join(folder, 'mcp_settings.json'),
      MCPHUB_CLUSTER_TOKEN: CLUSTER_TOKEN,
      MCPHUB_CLUSTER_SECRET: CLUSTER_SECRET,
      MCPHUB_CLUSTER_MODE: role,
      MCPHUB_NODE_ID: id,
      ...env,
    };
    this.#wrapper = wrapper;
    this.process = new HubProcess(this.#env, [], folder, wrapper);
  }

  get pid(): number {
    return this.process.pid;
  }

  get port(): string {
    return new URL(this.url).port;
  }

  async listening(): Promise<void> {
    this.url = await this.process.listening(this.role);
  }

  /** Replaces the settings file and waits until the process has read it; the same settings again are no change. */
  async change(settings: SettingsFile): Promise<void> {
    const before: unknown = JSON.parse(readFileSync(join(this.folder, 'mcp_settings.json'), 'utf8'));
    if (isDeepStrictEqual(before, settings)) return;
    const reloaded = this.process.message('Settings reloaded');
    writeSettings(this.folder, settings);
    await reloaded;
  }

  /** Starts it again on the same port after it has ended. */
  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.process.kill(signal);
    this.process = new HubProcess({ ...this.#env, PORT: this.port }, [], this.folder, this.#wrapper);
    await this.listening();
  }

  async stop(): Promise<string[]> {
    await this.process.kill('SIGTERM');
    return this.process.leftovers();
  }
}

/** A coordinator and its nodes as real processes. */
export class Cluster {
  readonly coordinator: ClusterMember;
  readonly nodes: ClusterMember[] = [];
  readonly #folder: string;

  constructor(folder: string, coordinator: ClusterMember) {
    this.#folder = folder;
    this.coordinator = coordinator;
  }

  get url(): string {
    return this.coordinator.url;
  }

  node(id: string): ClusterMember {
    const found = this.nodes.find((member) => member.id === id);
    if (found === undefined) throw new Error(`the cluster has no node ${id}`);
    return found;
  }

  /** Starts one more node; see {@link startCluster}. */
  async join(options: MemberOptions, id = `node-${this.nodes.length + 1}`): Promise<ClusterMember> {
    const env = { MCPHUB_COORDINATOR_URL: this.url, ...options.env };
    const member = openMember('node', id, this.#folder, options.settings ?? {}, env, options.wrapper);
    this.nodes.push(member);
    await member.listening();
    return member;
  }

  /** What `GET /api/cluster<path>` says under `data`. */
  async api<T = unknown>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/api/cluster${path}`, { headers: clusterAuth });
    return ((await response.json()) as { data: T }).data;
  }

  /** Waits until the coordinator sees what is wanted of its nodes. */
  async until(what: string, seen: (nodes: NodeRow[]) => boolean, milliseconds = 20_000): Promise<NodeRow[]> {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      const nodes = await this.api<NodeRow[]>('/nodes').catch(() => []);
      if (seen(nodes)) return nodes;
      if (performance.now() > deadline) {
        const tails = [this.coordinator, ...this.nodes].map((member) => `${member.id}:\n${member.process.tail()}`);
        throw new Error(`${what} did not come about; nodes: ${JSON.stringify(nodes)}\n${tails.join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Waits until a node reports exactly these servers as connected. */
  async hosts(id: string, servers: readonly string[]): Promise<void> {
    const wanted = [...servers].sort().join();
    await this.until(`${id} with ${wanted || 'no server'}`, (nodes) =>
      nodes.some((node) => node.id === id && node.status === 'active' && [...node.servers].sort().join() === wanted),
    );
  }

  /** Ends all members. @throws when a process that any of them started is left */
  async stop(): Promise<void> {
    const members = [...this.nodes, this.coordinator];
    const left = await Promise.all(members.map((member) => member.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
    if (left.flat().length > 0) throw new Error(`processes were left behind: ${left.flat().join('; ')}`);
  }
}

export const clusterAuth = { authorization: `Bearer ${CLUSTER_TOKEN}` };

export interface NodeRow {
  id: string;
  name: string;
  host: string;
  port: number;
  url: string;
  status: string;
  lastHeartbeat: number;
  servers: string[];
  metadata?: Record<string, unknown> & { sessions?: number; inFlight?: number; draining?: boolean; suspect?: boolean };
}

export interface ClusterOptions {
  nodes: MemberOptions[];
  coordinator?: MemberOptions;
}

/**
 * Starts a coordinator and nodes called node-1, node-2, ... on free ports of 127.0.0.1, and waits until all enabled
 * servers are up. Whatever fails on the way, no process stays.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'mcphub-cluster-'));
  const { settings = {}, env = {}, wrapper } = options.coordinator ?? {};
  const cluster = new Cluster(folder, openMember('coordinator', 'coordinator', folder, settings, env, wrapper));
  try {
    await cluster.coordinator.listening();
    const members = await Promise.all(options.nodes.map((node, i) => cluster.join(node, `node-${i + 1}`)));
    cluster.nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
    await Promise.all(members.map((member, i) => cluster.hosts(member.id, wantedServers(options.nodes[i] ?? {}))));
    if (Object.keys(settings.mcpServers ?? {}).length > 0) {
      await cluster.hosts('coordinator', wantedServers(options.coordinator ?? {}));
    }
    return cluster;
  } catch (error) {
    await cluster.stop().catch(() => {});
    throw error;
  }
}

function wantedServers({ settings, down = [] }: MemberOptions): string[] {
  const entries = Object.entries(settings?.mcpServers ?? {});
  return entries.filter(([name, { enabled }]) => enabled !== false && !down.includes(name)).map(([name]) => name);
}

/** Starts a member with a folder of its own; see {@link ClusterMember.listening}. */
export function openMember(
  role: 'coordinator' | 'node',
  id: string,
  folder: string,
  settings: SettingsFile,
  env: Record<string, string>,
  wrapper: readonly string[] = [],
): ClusterMember {
  const own = join(folder, id);
  mkdirSync(own, { recursive: true });
  writeSettings(own, role === 'coordinator' ? withoutDelay(settings) : settings);
  return new ClusterMember(role, id, own, env, wrapper);
}

/** Unless a test says otherwise, no balancer has to notice that its coordinator ends. */
function withoutDelay(settings: SettingsFile): SettingsFile {
  const { systemConfig = {} } = settings as { systemConfig?: { cluster?: { coordinator?: object } } };
  const coordinator = { drainDelay: 0, ...systemConfig.cluster?.coordinator };
  return { ...settings, systemConfig: { ...systemConfig, cluster: { ...systemConfig.cluster, coordinator } } };
}

/** Replaces a settings file in one step, as editors and deployment tools do. */
export function writeSettings(folder: string, settings: SettingsFile): void {
  writeFileSync(join(folder, 'new.json'), JSON.stringify(settings));
  renameSync(join(folder, 'new.json'), join(folder, 'mcp_settings.json'));
}
