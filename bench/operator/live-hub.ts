import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Clusters } from '../../test/kube/support/clusters.ts';
import { closeSockets, RawSession } from '../../test/support/clients.ts';
import { everything } from '../../test/support/cluster.ts';
import { eventually } from '../../test/support/eventually.ts';
import { freePort } from '../../test/support/free-port.ts';
import { HubProcess } from '../../test/support/process.ts';
import type { Lab } from './lab.ts';

/** Milliseconds between two calls of a session. */
const PAUSE = 2_000;
const NAME = 'live';

export interface LiveHub {
  /** Calls of all sessions so far. */
  readonly calls: number;
  stop(): Promise<void>;
}

/**
 * Starts a coordinator and two nodes that stand for the Pods of a cluster, with sessions that call, and waits until the
 * operator says that the cluster is Ready.
 */
export async function startLiveHub(lab: Lab, sessions: number): Promise<LiveHub> {
  const namespace = await lab.plane.namespace(NAME);
  const clusters = new Clusters(lab.plane, namespace);
  const mcpServers = { everything: everything() };
  await clusters.apply(NAME, { coordinator: { replicas: 1 }, nodes: { replicas: 2 }, mcpServers });
  const names = await nodePods(lab, namespace);
  const folder = mkdtempSync(join(tmpdir(), 'mcphub-live-'));
  const members: HubProcess[] = [];
  const url = `http://127.0.0.1:${await freePort()}`;
  const start = async (role: 'coordinator' | 'node', env: Record<string, string>) => {
    const member = new HubProcess({ ...(await mounted(lab, namespace, role, folder)), ...env });
    members.push(member);
    await member.listening(role);
  };
  await start('coordinator', { PORT: new URL(url).port });
  for (const id of names) await start('node', { PORT: '0', MCPHUB_NODE_ID: id, MCPHUB_COORDINATOR_URL: url });
  lab.hubs.lead(namespace, url);
  await clusters.condition(NAME, 'Ready', 'True', { within: 60_000 });
  const open = await Promise.all(Array.from({ length: sessions }, () => RawSession.open(`${url}/mcp/everything`)));
  let ends = false;
  let calls = 0;
  const working = open.map(async (session) => {
    while (!ends) {
      await session.call('echo', { message: 'hello' });
      calls += 1;
      await sleep(PAUSE);
    }
  });
  return {
    get calls() {
      return calls;
    },
    async stop() {
      ends = true;
      await Promise.allSettled(working);
      await closeSockets();
      await Promise.all(members.map((member) => member.kill('SIGKILL')));
      rmSync(folder, { recursive: true, force: true });
      await clusters.delete(NAME);
    },
  };
}

function nodePods({ plane }: Lab, namespace: string): Promise<string[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app.kubernetes.io/component=node`;
  return eventually('Pods of nodes are there', async () => {
    const { items } = (await plane.api.ok('GET', path)) as { items: { metadata: { name: string } }[] };
    if (items.length !== 2) throw new Error(`there are ${items.length}`);
    return items.map(({ metadata }) => metadata.name);
  });
}

/** Writes what a Pod of this role has mounted. @returns its environment */
async function mounted(
  { plane }: Lab,
  namespace: string,
  role: string,
  parent: string,
): Promise<Record<string, string>> {
  const folder = join(parent, role);
  mkdirSync(folder, { recursive: true });
  const path = `/api/v1/namespaces/${namespace}`;
  const { data: secret = {} } = await plane.api.ok('GET', `${path}/secrets/${NAME}-${role}`);
  const { data: settings = {} } = await plane.api.ok('GET', `${path}/configmaps/${NAME}-${role}`);
  for (const [name, text] of Object.entries(secret as Record<string, string>)) {
    writeFileSync(join(folder, name), Buffer.from(text, 'base64'));
  }
  for (const [name, text] of Object.entries(settings as Record<string, string>))
    writeFileSync(join(folder, name), text);
  return {
    HOME: folder,
    HOST: '127.0.0.1',
    METRICS_PORT: '0',
    MCPHUB_CLUSTER_MODE: role,
    MCPHUB_SETTING_PATH: folder,
    MCPHUB_VARIABLES_PATH: join(folder, 'variables.json'),
  };
}
