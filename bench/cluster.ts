import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Management, manage } from './management.ts';
import { Member } from './member.ts';
import { profileArguments } from './profile.ts';

const MCPHUB = fileURLToPath(new URL('../bin/mcphub.ts', import.meta.url));
/** How long a member may take until it is seen as it should be, in milliseconds. */
const PATIENCE = 30_000;

/** Coordinators and nodes as real processes on loopback, with a token and a secret of their own. */
export interface Cluster {
  /** The first of `coordinators`. */
  readonly coordinator: Member;
  readonly coordinators: readonly Member[];
  readonly nodes: readonly Member[];
  readonly token: string;
  /** See `Management`; at the first coordinator. */
  readonly register: Management['register'];
  readonly read: Management['read'];
  /**
   * Waits until a member that was started is all there: of a node, every coordinator knows this process with all its
   * servers; a coordinator takes traffic and knows every node.
   * @throws Error with what is missing after 30 s
   */
  settled(member: Member): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** One node per entry, with these settings (`mcp_settings.json` as a value). */
  nodes?: readonly object[];
  /** Settings of the coordinators. */
  coordinator?: object;
  /** How many; default 1. */
  coordinators?: number;
  /** Options of node for all members, such as `--expose-gc`. */
  execArgv?: readonly string[];
  env?: Record<string, string>;
}

/**
 * Starts a cluster and waits until every coordinator knows every node with every server of its settings.
 * @throws Error naming what is missing after 30 s
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'mcphub-cluster-'));
  const token = randomBytes(18).toString('base64url');
  const coordinators: Member[] = [];
  const nodes: Member[] = [];
  const apis: Management[] = [];
  const open = memberMaker(folder, token, options);

  async function stop(): Promise<void> {
    for (const api of apis) api.stop();
    // Nodes first: they tell the coordinators that they leave.
    for (const member of [...nodes, ...coordinators]) await member.stop();
    await rm(folder, { recursive: true, force: true });
  }

  async function settled(member: Member): Promise<void> {
    if (coordinators.includes(member)) await until(member.name, () => notReady(member));
    const watched = nodes.includes(member) ? [member] : nodes;
    for (const node of watched) for (const api of apis) await until(node.name, () => missing(api, node));
  }

  try {
    for (let n = 1; n <= (options.coordinators ?? 1); n++) {
      const name = n === 1 ? 'coordinator' : `coordinator-${n}`;
      const env = { MCPHUB_CLUSTER_MODE: 'coordinator' };
      const member = await open(name, options.coordinator ?? {}, env);
      coordinators.push(member);
      await member.start();
      apis.push(manage(member.url, token));
    }
    const known = coordinators.map(({ url }) => url).join();
    for (const [index, settings] of (options.nodes ?? []).entries()) {
      const name = `node-${index + 1}`;
      const env = { MCPHUB_CLUSTER_MODE: 'node', MCPHUB_NODE_ID: name, MCPHUB_COORDINATOR_URL: known };
      const member = await open(name, settings, env);
      nodes.push(member);
      await member.start();
      await settled(member);
    }
    const [coordinator] = coordinators;
    const [api] = apis;
    if (coordinator === undefined || api === undefined) throw new Error('a cluster needs a coordinator');
    return { coordinator, coordinators, nodes, token, register: api.register, read: api.read, settled, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function memberMaker(folder: string, token: string, { execArgv = [], env: common = {} }: ClusterOptions) {
  const shared = {
    METRICS_PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    MCPHUB_CLUSTER_TOKEN: token,
    MCPHUB_CLUSTER_SECRET: randomBytes(18).toString('base64url'),
    ...common,
  };
  return async (name: string, settings: object, own: Record<string, string>): Promise<Member> => {
    const path = join(folder, `${name}.json`);
    await writeFile(path, JSON.stringify(settings));
    const env = { ...shared, MCPHUB_SETTING_PATH: path, ...own };
    return new Member(
      { name, args: [...profileArguments(), ...execArgv, MCPHUB], cwd: folder, env },
      serversOf(settings),
    );
  };
}

function serversOf(settings: object): string[] {
  return Object.keys((settings as { mcpServers?: object }).mcpServers ?? {});
}

async function notReady(coordinator: Member): Promise<string | undefined> {
  return (await coordinator.ready()) ? undefined : 'it is not ready';
}

/** What a coordinator does not know yet of a node. */
async function missing(api: Management, { name, servers, startedAt }: Member): Promise<string | undefined> {
  const nodes = await api.nodes();
  const found = nodes.find(({ id, metadata }) => id === name && (metadata?.startedAt ?? 0) >= startedAt);
  if (found === undefined) return `not in ${JSON.stringify(nodes).slice(0, 2000)}`;
  if (found.status !== 'active' || found.metadata?.suspect === true) return 'it is not active';
  const absent = servers.filter((server) => !found.servers.includes(server));
  return absent.length === 0 ? undefined : `it has no ${absent.join(', ')}`;
}

async function until(name: string, wanting: () => Promise<string | undefined>): Promise<void> {
  for (const deadline = performance.now() + PATIENCE; ; await delay(50)) {
    const want = await wanting();
    if (want === undefined) return;
    if (performance.now() > deadline) throw new Error(`${name}: ${want}`);
  }
}
