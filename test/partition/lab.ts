import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NodeRow, script } from '../support/cluster.ts';
import { HubProcess } from '../support/process.ts';
import { until } from '../support/until.ts';
import { type Host, Network } from './network.ts';

const PORT = 3_000;
/** Short times, so that silence is noticed soon. */
const CLUSTER = {
  coordinator: { nodeTimeout: 1_500, cleanupInterval: 500, drainDelay: 0 },
  node: { heartbeatInterval: 300 },
};
const SETTINGS = {
  coordinator: { systemConfig: { cluster: CLUSTER } },
  node: { mcpServers: { tools: script('cluster-tools') }, systemConfig: { cluster: CLUSTER } },
};

/** A member of a cluster on a host of its own. */
export interface Machine {
  id: string;
  host: Host;
  process: HubProcess;
  url: string;
}

/** Coordinators and nodes, each on a host of its own. */
export class Lab {
  readonly network = new Network();
  readonly coordinators: Machine[] = [];
  readonly nodes: Machine[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'mcphub-partition-'));

  /** Starts the members and waits until all know each other. */
  async start(coordinators: number, nodes: number): Promise<void> {
    for (let i = 1; i <= coordinators; i++) this.coordinators.push(this.#open('coordinator', `coordinator-${i}`));
    await Promise.all(this.coordinators.map(({ process }) => process.listening('coordinator')));
    for (let i = 1; i <= nodes; i++) this.nodes.push(this.#open('node', `node-${i}`));
    for (const coordinator of this.coordinators) {
      await this.sees(coordinator, 'all nodes with their server', (rows) =>
        this.nodes.every(({ id }) => rows.some((row) => row.id === id && row.servers.includes('tools'))),
      );
    }
  }

  node(id: string): Machine {
    return this.nodes.find((node) => node.id === id) as Machine;
  }

  /** Waits until a coordinator sees of its nodes what is wanted. */
  async sees({ url }: Machine, what: string, wanted: (rows: NodeRow[]) => boolean): Promise<void> {
    let rows: NodeRow[] = [];
    await until(async () => {
      rows = ((await (await fetch(`${url}/api/cluster/nodes`)).json()) as { data: NodeRow[] }).data;
      return wanted(rows);
    }, 15_000).catch(() => {
      throw new Error(`${what} did not come about: ${JSON.stringify(rows)}`);
    });
  }

  async stop(): Promise<void> {
    const members = [...this.nodes, ...this.coordinators];
    await Promise.all(members.map(({ process }) => process.kill('SIGTERM')));
    const left = await Promise.all(members.map(({ process }) => process.leftovers()));
    this.network.remove();
    rmSync(this.#folder, { recursive: true, force: true });
    if (left.flat().length > 0) throw new Error(`processes were left behind: ${left.flat().join('; ')}`);
  }

  #open(role: 'coordinator' | 'node', id: string): Machine {
    const host = this.network.add(id.replace('coordinator', 'c').replace('node', 'n'));
    const folder = join(this.#folder, id);
    mkdirSync(folder);
    writeFileSync(join(folder, 'mcp_settings.json'), JSON.stringify(SETTINGS[role]));
    const env = {
      HOME: folder,
      HOST: host.address,
      PORT: String(PORT),
      LOG_LEVEL: 'debug',
      MCPHUB_SETTING_PATH: folder,
      MCPHUB_CLUSTER_MODE: role,
      MCPHUB_CLUSTER_TOKEN: 'token-of-the-lab',
      MCPHUB_CLUSTER_SECRET: 'secret-of-the-lab',
      MCPHUB_NODE_ID: id,
      MCPHUB_COORDINATOR_URL: this.coordinators.map(({ url }) => url).join(),
    };
    const process = new HubProcess(env, [], folder, host.enter);
    return { id, host, process, url: `http://${host.address}:${PORT}` };
  }
}
