import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { type Edit, itIsPutBack, SOON } from './support/drift.ts';
import type { FaultProxy } from './support/fault-proxy.ts';
import { type HubNamespace, hubNamespace, SMALL } from './support/hub-namespace.ts';
import { proxiedPlane } from './support/hub-plane.ts';
import type { OperatorProcess } from './support/operator-process.ts';
import { serveOptionalKinds } from './support/optional-kinds.ts';

/** Milliseconds in which the operator notices what the API server serves: it looks every minute. */
const NOTICED = 65_000;

const SPECS = {
  demo: {
    ...SMALL,
    coordinator: { replicas: 1, httpRoute: { parentRefs: [{ name: 'gateway' }] } },
    nodes: {
      replicas: 2,
      autoscaling: { provider: 'keda', min: 2, max: 4, cpu: 80 },
      resources: { requests: { cpu: '100m' } },
    },
    monitoring: { scrape: 'service-monitor', rules: true },
  },
  other: { ...SMALL, monitoring: { scrape: 'pod-monitor' } },
};

/** What each of them asks for that is not served at first. */
const MISSED = {
  demo: ['HTTPRoute', 'ServiceMonitor', 'PrometheusRule', 'ScaledObject'],
  other: ['PodMonitor'],
};

/** An edit of each optional kind. */
const EDITS: readonly Edit[] = [
  {
    place: 'httproutes',
    name: 'demo',
    edit: { spec: { hostnames: ['another.example.com'], rules: [] } },
    watched: ({ spec }) => spec.rules,
  },
  {
    place: 'servicemonitors',
    name: 'demo-coordinator',
    edit: { spec: { selector: { matchLabels: { app: 'another' } } } },
    watched: ({ spec }) => spec.selector,
  },
  {
    place: 'podmonitors',
    name: 'other-node',
    edit: { spec: { podMetricsEndpoints: [{ port: 'another' }] } },
    watched: ({ spec }) => spec.podMetricsEndpoints,
  },
  {
    place: 'prometheusrules',
    name: 'demo',
    edit: { spec: { groups: null } },
    watched: ({ spec }) => spec.groups,
  },
  {
    place: 'scaledobjects',
    name: 'demo-node',
    edit: { spec: { maxReplicaCount: 9, triggers: [] } },
    watched: ({ spec }) => [spec.maxReplicaCount, spec.triggers],
  },
];

describe('a kind that not every API server serves', function () {
  this.timeout(150_000);
  let plane: ControlPlane;
  let proxy: FaultProxy;
  let hub: HubNamespace;
  let operator: OperatorProcess;
  let forgetKinds: (() => Promise<void>) | undefined;

  before(async function () {
    ({ plane, proxy } = await proxiedPlane(this));
    hub = await hubNamespace(plane, proxy);
    operator = await hub.start();
    for (const [name, spec] of Object.entries(SPECS)) await hub.clusters.apply(name, spec);
  });
  after(async function () {
    await hub?.end(this);
    await forgetKinds?.();
    await proxy?.close();
  });

  /** Waits until the condition of each cluster names what is not served. */
  async function allAreMissed(within: number): Promise<void> {
    for (const [name, kinds] of Object.entries(MISSED)) {
      await hub.clusters.condition(name, 'Degraded', 'True', { reason: 'ApiNotServed', within });
      const text = await degraded(name);
      for (const kind of kinds) expect(text).to.include(`${kind} "${name}`);
    }
  }

  async function degraded(name: string): Promise<string> {
    const { status } = await hub.clusters.get(name);
    return status?.conditions?.find(({ type }) => type === 'Degraded')?.message ?? '';
  }

  it('is named in the condition of a cluster that asks for it, and all else is made', async () => {
    await allAreMissed(SOON);
    expect(await degraded('demo')).to.include('install KEDA');
    // What KEDA would scale to two is left at one.
    await hub.settled({ nodes: 1 });
    await hub.settled({ name: 'other' });
  });

  it('is noticed within a minute when it begins to be served', async () => {
    forgetKinds = await serveOptionalKinds(plane);
    await eventually(
      'all objects are there',
      async () => {
        for (const { place, name } of EDITS) await hub.get(place, name);
      },
      NOTICED,
    );
    for (const name of Object.keys(SPECS)) await hub.clusters.condition(name, 'Degraded', 'Unknown', { within: SOON });
  });

  itIsPutBack(EDITS, () => hub);

  it('is not missed by an operator that has just started and has not listed it yet', async () => {
    const before = await told();
    await operator.kill();
    const list = proxy.fail({ verb: 'list', resource: 'scaledobjects', times: 1 }, { kind: 'hang' });
    operator = await hub.start();
    await hub.patch('deployments', 'demo-node', { spec: { revisionHistoryLimit: 9 } });
    await eventually('it is at work', async () => {
      expect((await hub.get('deployments', 'demo-node')).spec.revisionHistoryLimit).not.to.equal(9);
    });
    expect(list.hits).to.equal(1);
    expect(await degraded('demo')).not.to.include('ScaledObject');
    expect(await told()).to.equal(before);
  });

  it('is named again when it ceases to be served, and the operator goes on', async () => {
    await forgetKinds?.();
    forgetKinds = undefined;
    for (const name of Object.keys(SPECS)) await hub.clusters.condition(name, 'Degraded', 'True', { within: SOON });
    await operator.line(({ msg }) => msg === 'The API server does not serve an optional kind any more', 0, NOTICED);
    await allAreMissed(SOON);
    await hub.delete('services', 'demo');
    await eventually('there is a new one', () => hub.get('services', 'demo'), SOON);
    expect(operator.child.exitCode).to.equal(null);
  });

  /** How often an event told of a kind that is not served. */
  async function told(): Promise<number> {
    return (await hub.reasons()).filter((reason) => reason === 'ApiNotServed').length;
  }
});
