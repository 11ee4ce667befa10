import { expect } from 'chai';
import { eventually, throughout } from '../support/eventually.ts';
import { type Edit, itIsPutBack, SOON } from './support/drift.ts';
import { type HubNamespace, SMALL } from './support/hub-namespace.ts';
import { settledHub } from './support/hub-plane.ts';

const SPEC = {
  ...SMALL,
  coordinator: { replicas: 2, ingress: { host: 'mcp.example.com' } },
  nodes: { replicas: 2, autoscaling: { min: 2, max: 4, cpu: 80 }, resources: { requests: { cpu: '100m' } } },
  networkPolicy: { enabled: true },
};

/** An edit of each kind of object. */
const EDITS: readonly Edit[] = [
  {
    place: 'deployments',
    name: 'demo-coordinator',
    edit: { spec: { replicas: 0, template: { spec: { terminationGracePeriodSeconds: 1 } } } },
    watched: ({ spec }) => [spec.replicas, spec.template.spec.terminationGracePeriodSeconds],
  },
  {
    place: 'deployments',
    name: 'demo-node',
    edit: { spec: { template: { spec: { nodeSelector: { nowhere: 'yes' }, serviceAccountName: 'default' } } } },
    watched: ({ spec }) => spec.template.spec.serviceAccountName,
  },
  {
    place: 'services',
    name: 'demo',
    edit: { spec: { selector: { app: 'another' } } },
    watched: ({ spec }) => spec.selector,
  },
  {
    place: 'services',
    name: 'demo-coordinators',
    edit: { spec: { ports: [{ name: 'mcp', port: 81 }] } },
    watched: ({ spec }) => spec.ports,
  },
  {
    place: 'configmaps',
    name: 'demo-node',
    edit: { data: { 'mcp_settings.json': '{}' } },
    watched: ({ data }) => data,
  },
  {
    place: 'secrets',
    name: 'demo-node',
    edit: { data: { 'variables.json': 'e30=' } },
    watched: ({ data }) => data,
  },
  {
    place: 'serviceaccounts',
    name: 'demo',
    edit: { automountServiceAccountToken: true },
    watched: (object) => object.automountServiceAccountToken,
  },
  {
    place: 'poddisruptionbudgets',
    name: 'demo-node',
    edit: { spec: { selector: { matchLabels: { app: 'another' } } } },
    watched: ({ spec }) => spec.selector,
  },
  {
    place: 'horizontalpodautoscalers',
    name: 'demo-node',
    edit: { spec: { maxReplicas: 9 } },
    watched: ({ spec }) => spec.maxReplicas,
  },
  {
    place: 'poddisruptionbudgets',
    name: 'demo-coordinator',
    edit: { spec: { maxUnavailable: 2 } },
    watched: ({ spec }) => spec.maxUnavailable,
  },
  {
    place: 'networkpolicies',
    name: 'demo-node',
    edit: { spec: { podSelector: { matchLabels: { app: 'another' } } } },
    watched: ({ spec }) => spec.podSelector,
  },
  {
    place: 'networkpolicies',
    name: 'demo-coordinator',
    edit: { spec: { ingress: [{}] } },
    watched: ({ spec }) => spec.ingress,
  },
  {
    place: 'ingresses',
    name: 'demo',
    edit: { spec: { rules: [{ host: 'another.example.com' }] } },
    watched: ({ spec }) => spec.rules,
  },
];

describe('drift of what the operator made', function () {
  this.timeout(90_000);
  let hub: HubNamespace;

  before(async function () {
    hub = await settledHub(this, SPEC, { coordinators: 2 });
  });
  after(function () {
    return hub?.end(this);
  });

  itIsPutBack(EDITS, () => hub);

  it('is put back also where our labels were taken off, by which the operator watches', async () => {
    const { metadata } = await hub.get('services', 'demo');
    await hub.patch('services', 'demo', { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } });
    await eventually(
      'the labels are back',
      async () => expect((await hub.get('services', 'demo')).metadata.labels).to.eql(metadata.labels),
      SOON,
    );
  });

  it('is not what others add: labels, annotations and fields that the operator does not set', async () => {
    await hub.settled({ coordinators: 2 });
    const others = { labels: { 'cost.example.com/team': 'a' }, annotations: { 'argocd.example.com/seen': 'yes' } };
    for (const { place, name } of EDITS) await hub.patch(place, name, { metadata: others });
    await hub.patch('deployments', 'demo-node', { spec: { minReadySeconds: 1 } });
    const versions = () =>
      Promise.all(EDITS.map(async ({ place, name }) => (await hub.get(place, name)).metadata.generation));
    const before = await versions();
    await throughout(3_000, async () => expect(await versions()).to.eql(before));
    for (const { place, name } of EDITS) {
      const { metadata } = await hub.get(place, name);
      expect(metadata.labels, place).to.include(others.labels);
      expect(metadata.annotations, place).to.include(others.annotations);
    }
    expect((await hub.get('deployments', 'demo-node')).spec.minReadySeconds).to.equal(1);
  });
});
