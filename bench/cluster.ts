import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ListeningProcess, startProcess } from './process.ts';
import { profileArguments } from './profile.ts';

const MCPHUB = fileURLToPath(new URL('../bin/mcphub.ts', import.meta.url));

/** A coordinator and its nodes as real processes on loopback, with a token and a secret of their own. */
export interface Cluster {
  readonly coordinator: ListeningProcess;
  readonly nodes: ListeningProcess[];
  /** Registers a foreign server as a node of the original branch would; again every second, so that it stays alive. */
  register(node: { id: string; url: string; servers: string[] }): Promise<void>;
  /** What the coordinator serves at a path of its management API. */
  read(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** One node per entry, with these settings (`mcp_settings.json` as a value). */
  nodes?: readonly object[];
  coordinator?: object;
  /** Options of node for all members, such as `--expose-gc`. */
  execArgv?: readonly string[];
  env?: Record<string, string>;
}

/**
 * Starts a cluster and waits until every node has every server of its settings.
 * @throws Error naming what is missing after 30 s
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'mcphub-cluster-'));
  const token = randomBytes(18).toString('base64url');
  const shared = {
    PORT: '0',
    METRICS_PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    MCPHUB_CLUSTER_TOKEN: token,
    MCPHUB_CLUSTER_SECRET: randomBytes(18).toString('base64url'),
    ...options.env,
  };
  const started: ListeningProcess[] = [];
  const member = async (name: string, settings: object, env: Record<string, string>) => {
    const path = join(folder, `${name}.json`);
    await writeFile(path, JSON.stringify(settings));
    const args = [...profileArguments(), ...(options.execArgv ?? []), MCPHUB];
    const process = await startProcess({
      name,
      args,
      cwd: folder,
      env: { ...shared, MCPHUB_SETTING_PATH: path, ...env },
    });
    started.push(process);
    return process;
  };
  const end = async () => {
    // Nodes first: they tell the coordinator that they leave.
    for (const process of started.toReversed()) await process.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const coordinator = await member('coordinator', options.coordinator ?? {}, { MCPHUB_CLUSTER_MODE: 'coordinator' });
    const api = createApi(coordinator.url, token);
    const nodes: ListeningProcess[] = [];
    for (const [index, settings] of (options.nodes ?? []).entries()) {
      const id = `node-${index + 1}`;
      const env = { MCPHUB_CLUSTER_MODE: 'node', MCPHUB_NODE_ID: id, MCPHUB_COORDINATOR_URL: coordinator.url };
      nodes.push(await member(id, settings, env));
      await api.waitFor(id, serversOf(settings));
    }
    const stop = async () => {
      api.stop();
      await end();
    };
    return { coordinator, nodes, register: api.register, read: api.read, stop };
  } catch (error) {
    await end();
    throw error;
  }
}

function serversOf(settings: object): string[] {
  return Object.keys((settings as { mcpServers?: object }).mcpServers ?? {});
}

function createApi(url: string, token: string) {
  const beats = new Set<NodeJS.Timeout>();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };

  async function read(path: string): Promise<unknown> {
    const response = await fetch(`${url}${path}`, { headers });
    return ((await response.json()) as { data?: unknown }).data;
  }

  async function post(node: object): Promise<void> {
    const response = await fetch(`${url}/api/cluster/register`, {
      method: 'POST',
      headers,
      body: JSON.stringify(node),
    });
    if (!response.ok) throw new Error(`register: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
  }

  return {
    read,
    async register(node: { id: string; url: string; servers: string[] }): Promise<void> {
      const payload = { ...node, name: node.id, status: 'active', lastHeartbeat: Date.now() };
      await post(payload);
      beats.add(setInterval(() => post(payload).catch(() => undefined), 1000));
    },
    /** Until a node reports these servers as usable; at most 30 s. */
    async waitFor(id: string, servers: readonly string[]): Promise<void> {
      for (let tries = 0; ; tries++) {
        const nodes = (await read('/api/cluster/nodes')) as { id: string; servers: string[] }[];
        const missing = servers.filter((server) => !nodes.find((node) => node.id === id)?.servers.includes(server));
        if (missing.length === 0 && nodes.some((node) => node.id === id)) return;
        if (tries > 150) throw new Error(`${id} has no ${missing.join(', ')}: ${JSON.stringify(nodes).slice(0, 2000)}`);
        await delay(200);
      }
    },
    stop(): void {
      for (const beat of beats) clearInterval(beat);
    },
  };
}
