import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { closeSockets, RawSession } from '../support/clients.ts';
import { everything } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { HubProcess } from '../support/process.ts';
import { Clusters } from './support/clusters.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { hubPlane } from './support/hub-plane.ts';
import { type OperatorProcess, startOperator } from './support/operator-process.ts';

interface Pod {
  metadata: { name: string; annotations?: Record<string, string> };
}

const COST = 'controller.kubernetes.io/pod-deletion-cost';

/** Real members beside Pods that only seem to run: what a kubelet would do with the mounted settings is done here. */
class Members {
  readonly processes = new Map<string, HubProcess>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'mcphub-members-'));
  readonly #read: (path: string) => Promise<{ data?: Record<string, string> }>;
  readonly #roles = new Set<string>();
  #ends = false;
  #copying: Promise<void> = Promise.resolve();

  constructor(read: (path: string) => Promise<{ data?: Record<string, string> }>) {
    this.#read = read;
  }

  async start(id: string, role: 'coordinator' | 'node', env: Record<string, string>): Promise<void> {
    const folder = join(this.#folder, role);
    mkdirSync(folder, { recursive: true });
    await this.#copy(role);
    this.#roles.add(role);
    const process = new HubProcess({
      HOME: this.#folder,
      HOST: '127.0.0.1',
      METRICS_PORT: '0',
      MCPHUB_CLUSTER_MODE: role,
      MCPHUB_SETTING_PATH: folder,
      MCPHUB_VARIABLES_PATH: join(folder, 'variables.json'),
      ...env,
    });
    this.processes.set(id, process);
    await process.listening(role);
  }

  /** Copies what is mounted as soon as it changes. */
  follow(): void {
    this.#copying = (async () => {
      while (!this.#ends) {
        for (const role of this.#roles) await this.#copy(role);
        await sleep(200);
      }
    })();
  }

  async stop(): Promise<void> {
    this.#ends = true;
    await this.#copying;
    await Promise.all([...this.processes.values()].map((process) => process.kill('SIGKILL')));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #copy(role: string): Promise<void> {
    const secret = (await this.#read(`/api/v1/NS/secrets/demo-${role}`)).data ?? {};
    const settings = (await this.#read(`/api/v1/NS/configmaps/demo-${role}`)).data ?? {};
    for (const [name, text] of Object.entries(secret)) this.#write(role, name, Buffer.from(text, 'base64').toString());
    for (const [name, text] of Object.entries(settings)) this.#write(role, name, text);
  }

  #write(role: string, name: string, text: string): void {
    const file = join(this.#folder, role, name);
    try {
      if (readFileSync(file, 'utf8') === text) return;
    } catch {
      // It is the first one.
    }
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
}

describe('the operator with a hub that runs', function () {
  this.timeout(120_000);
  let plane: ControlPlane;
  let namespace: string;
  let clusters: Clusters;
  let operator: OperatorProcess;
  let members: Members;
  let url: string;
  let session: RawSession;

  before(async function () {
    plane = await hubPlane(this);
    namespace = await plane.namespace();
    clusters = new Clusters(plane, namespace);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const env = { MCPHUB_OPERATOR_COORDINATOR_URL: url, MCPHUB_OPERATOR_HUB_URL: url };
    operator = await startOperator({ kubeconfig: plane.kubeconfig, namespace, env });
    members = new Members(read);
    const mcpServers = { everything: everything() };
    await clusters.apply('demo', { coordinator: { replicas: 1 }, nodes: { replicas: 2 }, mcpServers });
    const names = await eventually('Pods run', async () => {
      const found = await pods('node');
      expect(found).to.have.length(2);
      expect((await clusters.get('demo')).status?.nodes?.ready).to.equal(2);
      return found.map(({ metadata }) => metadata.name);
    });
    await members.start('coordinator', 'coordinator', { PORT: String(port) });
    for (const name of names) {
      await members.start(name, 'node', { PORT: '0', MCPHUB_NODE_ID: name, MCPHUB_COORDINATOR_URL: url });
    }
    members.follow();
  });
  afterEach(function () {
    operator.showOnFailure(this);
  });
  after(async () => {
    await closeSockets();
    await members?.stop();
    await operator?.kill('SIGTERM');
  });

  function read(path: string) {
    return plane.api.ok('GET', path.replace('NS', `namespaces/${namespace}`));
  }

  async function pods(component: string): Promise<Pod[]> {
    return (await read(`/api/v1/NS/pods?labelSelector=app.kubernetes.io/component=${component}`)).items;
  }

  async function tokens(): Promise<string[]> {
    const { data } = await read('/api/v1/NS/secrets/demo-cluster');
    return Buffer.from(data.token, 'base64').toString().split(',');
  }

  it('says Ready when clients can work: after a handshake, with what runs where', async () => {
    await clusters.condition('demo', 'Ready', 'True', { within: 40_000 });
    await clusters.condition('demo', 'Verified');
    await clusters.condition('demo', 'Available');
    // One node is enough to be ready.
    await eventually('the server is up on both nodes', async () => {
      const { status } = await clusters.get('demo');
      expect(status).to.deep.include({ summary: { nodes: '2/2', servers: '1/1' } });
      expect(status?.servers?.[0]).to.include({ name: 'everything', replicas: 2, status: 'connected' });
    });
    // A node knows them when somebody has asked for them, as the handshake did.
    await eventually('the number of tools is known', async () => {
      expect((await clusters.get('demo')).status?.servers?.[0])
        .to.have.property('tools')
        .that.is.greaterThan(3);
    });
  });

  /** Waits until the costs of all nodes together are the number of sessions. */
  async function costsAre(sessions: number): Promise<void> {
    await eventually(
      'the Pods with sessions have their costs',
      async () => {
        const costs = (await pods('node')).map(({ metadata }) => Number(metadata.annotations?.[COST] ?? 0));
        expect(costs.reduce((sum, cost) => sum + cost)).to.equal(sessions);
      },
      30_000,
    );
  }

  it('keeps the cost of deletion at the number of sessions', async () => {
    session = await RawSession.open(`${url}/mcp/everything`);
    await costsAre(1);
  });

  it('keeps it there while the spec has problems: an autoscaler may still take a node away', async () => {
    await clusters.patch('demo', { spec: { groups: [{ name: 'dev', servers: ['nowhere'] }] } });
    await clusters.condition('demo', 'ConfigValid', 'False');
    const another = await RawSession.open(`${url}/mcp/everything`);
    await costsAre(2);
    await another.close();
    await costsAre(1);
    await clusters.patch('demo', { spec: { groups: null } });
    await clusters.condition('demo', 'ConfigValid');
  });

  it('brings new settings to members that run, and says so when they have them', async () => {
    await clusters.patch('demo', { spec: { mcpServers: { more: everything() } } });
    const cluster = await eventually(
      'the new server is up',
      async () => {
        const found = await clusters.condition('demo', 'Progressing', 'False', { reason: 'Complete' });
        expect(found.status?.summary?.servers).to.equal('2/2');
        return found;
      },
      40_000,
    );
    expect(cluster.status?.servers?.map(({ name }) => name)).to.eql(['everything', 'more']);
  });

  it('rotates the credentials without an interruption', async () => {
    const [old = ''] = await tokens();
    await clusters.patch('demo', { metadata: { annotations: { 'mcphub.io/rotate': 'now' } } });
    await eventually(
      'only the new token is left',
      async () => {
        await session.call('echo', { message: 'still there' });
        expect((await clusters.get('demo')).status?.summary?.nodes).to.equal('2/2');
        expect(await tokens())
          .to.have.length(1)
          .and.not.include(old);
      },
      90_000,
    );
    await session.call('echo', { message: 'after it' });
  });

  it('takes the emptiest node when there are to be fewer', async () => {
    const home = (await pods('node')).find(({ metadata }) => metadata.annotations?.[COST] === '1');
    await plane.kubectl(['scale', 'mcphubcluster/demo', '--replicas=1', '-n', namespace]);
    await eventually(
      'one Pod is left',
      async () => {
        expect((await pods('node')).map(({ metadata }) => metadata.name)).to.eql([home?.metadata.name]);
      },
      60_000,
    );
  });
});
