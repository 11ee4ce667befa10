import { eventually as waitFor } from '../../support/eventually.ts';
import { ADDRESSES } from './addresses.ts';
import { REGISTRY, TAG } from './images.ts';
import type { Kubectl, KubeObject } from './kubectl.ts';
import { restrictedNamespace } from './one-cluster.ts';

/** Milliseconds in which what Kubernetes has to do is done. */
export const SOON = 180_000;

/** Servers that the node image of the tests has on board. */
export const EVERYTHING = { command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'] };
export const PROBE = { command: 'node', args: ['/opt/probe/probe-server.mjs'] };

/** Small requests, so that many Pods find place on a machine with two cores. */
export const SMALL = { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '768Mi' } };

/** A node as a coordinator knows it. */
export interface HubNode {
  id: string;
  status: string;
  servers: string[];
  metadata?: { sessions?: number; draining?: boolean; serverStatus?: Record<string, { status: string }> };
}

let balancers = 0;

/** One McpHubCluster in a restricted namespace of its own, behind the address of a load balancer. */
export class Hub {
  readonly kubectl: Kubectl;
  readonly namespace: string;
  readonly name: string;
  #address = '';

  constructor(kubectl: Kubectl, namespace: string, name = 'hub') {
    this.kubectl = kubectl;
    this.namespace = namespace;
    this.name = name;
  }

  /** Applies a McpHubCluster and waits until it is ready. @param spec over two coordinators and three nodes with both servers */
  static async create(kubectl: Kubectl, namespace: string, spec: Record<string, object> = {}): Promise<Hub> {
    const hub = new Hub(kubectl, namespace);
    const { nodes, ...rest } = spec;
    await hub.apply({
      apiVersion: 'mcphub.io/v1alpha1',
      kind: 'McpHubCluster',
      metadata: { name: hub.name },
      spec: {
        coordinator: { replicas: 2, service: { type: 'LoadBalancer' }, resources: SMALL },
        nodes: { replicas: 3, resources: SMALL, ...nodes },
        mcpServers: { everything: EVERYTHING, probe: PROBE },
        ...rest,
      },
    });
    await hub.ready();
    return hub;
  }

  /** Makes the namespace, applies the manifest, and gives the Service an address, as a cloud does. */
  async apply(manifest: string | object): Promise<void> {
    await restrictedNamespace(this.kubectl, this.namespace);
    await this.kubectl.apply(manifest, '-n', this.namespace);
    this.#address = ADDRESSES.balancer(balancers++);
    const status = { status: { loadBalancer: { ingress: [{ ip: this.#address, ipMode: 'VIP' }] } } };
    await eventually(`Service ${this.name} is there`, async () => {
      await this.kubectl.patch(this.namespace, `service/${this.name}`, status, '--subresource=status');
    });
  }

  async ready(): Promise<void> {
    const condition = ['--for=condition=Ready', `--timeout=${SOON / 1_000}s`];
    await this.kubectl
      .run(['wait', '-n', this.namespace, 'mhc', this.name, ...condition], '', SOON + 10_000)
      .catch(async (error) => {
        throw new Error(`${error.message}\n${await this.describe()}`);
      });
  }

  /** What Kubernetes says of everything in the namespace. */
  async describe(): Promise<string> {
    const questions = [
      ['get', 'mhc', this.name, '-o', 'yaml'],
      ['get', 'pods', '-o', 'wide'],
      ['get', 'events', '--sort-by=.lastTimestamp'],
    ];
    const ask = (args: string[]) => this.kubectl.run([...args, '-n', this.namespace]).catch((error) => String(error));
    return (await Promise.all(questions.map(ask))).join('\n').slice(-12_000);
  }

  /** Where clients connect, through the load balancer's address. */
  get url(): string {
    return `http://${this.#address}/mcp`;
  }

  get address(): string {
    return this.#address;
  }

  object(): Promise<KubeObject> {
    return this.kubectl.get('-n', this.namespace, 'mhc', this.name);
  }

  patch(spec: object): Promise<string> {
    return this.kubectl.patch(this.namespace, `mhc/${this.name}`, { spec });
  }

  scale(replicas: number): Promise<string> {
    return this.kubectl.run(['scale', '-n', this.namespace, 'mhc', this.name, `--replicas=${replicas}`]);
  }

  /** Pods that are not being deleted. */
  async pods(role: 'coordinator' | 'node'): Promise<KubeObject[]> {
    const deployment = await this.kubectl.get('-n', this.namespace, 'deployment', `${this.name}-${role}`);
    const labels = Object.entries(deployment.spec.selector.matchLabels).map(([name, value]) => `${name}=${value}`);
    const pods = await this.kubectl.list('-n', this.namespace, 'pods', '-l', labels.join(','));
    return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** Waits until all Pods are of the newest template, and none of an older one is left. */
  async rolledOut(role: 'coordinator' | 'node', generation = 1): Promise<void> {
    const { kubectl, namespace, name } = this;
    const deployment = `${name}-${role}`;
    await eventually(`${deployment} has a new template`, async () => {
      const { metadata } = await kubectl.get('-n', namespace, 'deployment', deployment);
      if (metadata.generation <= generation) throw new Error(`generation ${metadata.generation}`);
    });
    const status = ['rollout', 'status', '-n', namespace, `deployment/${deployment}`, `--timeout=${SOON / 1_000}s`];
    await kubectl.run(status, '', SOON + 10_000);
    const labels = (await kubectl.get('-n', namespace, 'deployment', deployment)).spec.selector.matchLabels;
    const selector = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    await eventually(`no Pod of ${deployment} is ending`, async () => {
      const pods = await kubectl.list('-n', namespace, 'pods', '-l', selector);
      const ending = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
      if (ending.length > 0) throw new Error(ending.map(({ metadata }) => metadata.name).join(', '));
    });
  }

  generation(role: 'coordinator' | 'node'): Promise<number> {
    const deployment = this.kubectl.get('-n', this.namespace, 'deployment', `${this.name}-${role}`);
    return deployment.then(({ metadata }) => metadata.generation);
  }

  /** Nodes as one of the coordinators knows them. */
  async nodes(): Promise<HubNode[]> {
    const response = await fetch(`http://${this.#address}/api/cluster/nodes`, { signal: AbortSignal.timeout(5_000) });
    return ((await response.json()) as { data: HubNode[] }).data;
  }

  /** The ids of active nodes, as each of the coordinators knows them. */
  async activeEverywhere(): Promise<string[][]> {
    const pods = await this.pods('coordinator');
    return Promise.all(
      pods.map(async ({ metadata }) => {
        const pod = `/api/v1/namespaces/${this.namespace}/pods/${metadata.name}:3000`;
        const { data } = JSON.parse(await this.kubectl.run(['get', '--raw', `${pod}/proxy/api/cluster/nodes`]));
        return (data as HubNode[]).filter(({ status }) => status === 'active').map(({ id }) => id);
      }),
    );
  }

  /** Waits until this many nodes are active and have these servers up. */
  async active(count: number, ...servers: string[]): Promise<HubNode[]> {
    return eventually(`${count} nodes have ${servers.join(', ') || 'joined'}`, async () => {
      const nodes = (await this.nodes()).filter(
        (node) =>
          node.status === 'active' &&
          node.metadata?.draining !== true &&
          servers.every((name) => node.servers.includes(name)),
      );
      if (nodes.length !== count) throw new Error(JSON.stringify(await this.nodes()).slice(0, 2_000));
      return nodes;
    });
  }

  async delete(): Promise<void> {
    await this.kubectl.run(['delete', '-n', this.namespace, 'mhc', this.name, '--timeout=90s'], '', 100_000);
    await this.kubectl.run(['delete', 'namespace', this.namespace, '--wait=false']);
  }
}

/** An image of the tests under another tag. */
export function image(role: 'coordinator' | 'node', tag = TAG): string {
  return `${REGISTRY}/mcphub-${role}:${tag}`;
}

/** See test/support/eventually.ts; Pods take their time. */
export function eventually<T>(what: string, attempt: () => Promise<T>, within = SOON): Promise<T> {
  return waitFor(what, attempt, within);
}
