import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { type HubNamespace, hubNamespace, type Place, SMALL } from './support/hub-namespace.ts';
import { hubPlane } from './support/hub-plane.ts';
import { serveOptionalKinds } from './support/optional-kinds.ts';

const KINDS: readonly Place[] = [
  'deployments',
  'services',
  'configmaps',
  'secrets',
  'serviceaccounts',
  'poddisruptionbudgets',
  'horizontalpodautoscalers',
  'networkpolicies',
  'ingresses',
  'httproutes',
  'servicemonitors',
  'podmonitors',
  'prometheusrules',
  'scaledobjects',
];

const EVERYTHING = {
  coordinator: { replicas: 2, ingress: { host: 'mcp.example.com' } },
  nodes: { replicas: 2, autoscaling: { min: 2, max: 4, cpu: 80 }, resources: { requests: { cpu: '100m' } } },
  nodePools: [
    { name: 'gpu', replicas: 2, servers: ['echo'] },
    { name: 'big', autoscaling: { provider: 'keda', min: 2, max: 4, cpu: 80 } },
  ],
  monitoring: { scrape: 'service-monitor', rules: true, dashboard: true },
  networkPolicy: { enabled: true },
};
/** As a merge patch: what makes it small again. */
const NOTHING = {
  coordinator: { ingress: null },
  nodes: { autoscaling: null },
  nodePools: null,
  monitoring: null,
  networkPolicy: null,
};

describe('what is not wanted any more', function () {
  this.timeout(120_000);
  let plane: ControlPlane;
  let hub: HubNamespace;
  let forgetKinds: () => Promise<void> = async () => {};

  before(async function () {
    plane = await hubPlane(this);
    forgetKinds = await serveOptionalKinds(plane);
    hub = await hubNamespace(plane);
    await hub.start();
  });
  after(async function () {
    await hub?.end(this);
    await forgetKinds();
  });

  async function all(): Promise<string[]> {
    const names = await Promise.all(
      KINDS.map(async (kind) => (await hub.names(kind)).map((name) => `${kind}/${name}`)),
    );
    return names.flat();
  }

  it('is deleted with the last field that asked for it, and the credentials stay', async () => {
    await hub.clusters.apply('demo', { ...SMALL, coordinator: { replicas: 2 } });
    await hub.clusters.apply('other', SMALL);
    await hub.settled({ coordinators: 2 });
    await hub.settled({ name: 'other' });
    const small = await all();
    const credentials = await hub.get('secrets', 'demo-cluster');
    await hub.clusters.patch('demo', { spec: EVERYTHING });
    await hub.settled({ coordinators: 2, nodes: 5 });
    const large = await all();
    expect(large).to.include.members([
      'deployments/demo-node-gpu',
      'ingresses/demo',
      'horizontalpodautoscalers/demo-node',
      'scaledobjects/demo-node-big',
      'servicemonitors/demo-coordinator',
      'servicemonitors/demo-node-gpu',
      'networkpolicies/demo-node-gpu',
      'configmaps/demo-dashboard',
    ]);
    expect(large.some((name) => name.startsWith('prometheusrules/'))).to.equal(true);
    await hub.clusters.patch('demo', { spec: NOTHING });
    await eventually('all of it is gone', async () => expect(await all()).to.eql(small));
    const { data, metadata } = await hub.get('secrets', 'demo-cluster');
    expect([data, metadata.uid]).to.eql([credentials.data, credentials.metadata.uid]);
  });

  it('gives way to what replaces it: a PodMonitor for a ServiceMonitor, a route for an Ingress', async () => {
    const service = { scrape: 'service-monitor' };
    await hub.clusters.patch('demo', { spec: { monitoring: service, coordinator: { ingress: { host: 'a.b' } } } });
    await eventually('the first are there', async () => {
      expect(await hub.names('servicemonitors')).not.to.eql([]);
      expect(await hub.names('ingresses')).to.eql(['demo']);
    });
    const httpRoute = { parentRefs: [{ name: 'gateway' }] };
    const spec = { monitoring: { scrape: 'pod-monitor' }, coordinator: { ingress: null, httpRoute } };
    await hub.clusters.patch('demo', { spec });
    await eventually('the others are there, and only they', async () => {
      expect(await hub.names('podmonitors')).not.to.eql([]);
      expect(await hub.names('httproutes')).to.eql(['demo']);
      expect(await hub.names('servicemonitors')).to.eql([]);
      expect(await hub.names('ingresses')).to.eql([]);
    });
  });

  it('does not include what the user controls by another owner', async () => {
    const { metadata } = await hub.clusters.get('demo');
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'mine', uid: metadata.uid }];
    const mine = await hub.create('configmaps', { metadata: { name: 'mine' } });
    await hub.create('configmaps', {
      metadata: {
        name: 'demo-extra',
        labels: { 'app.kubernetes.io/managed-by': 'mcphub-operator', 'mcphub.io/cluster': 'demo' },
        ownerReferences: [{ ...ownerReferences[0], uid: mine.metadata.uid, controller: true }],
      },
    });
    await hub.clusters.patch('demo', { spec: { coordinator: { replicas: 1 } } });
    await hub.settled();
    expect(await hub.names('configmaps')).to.include('demo-extra');
  });
});
