import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { type ChartRights, grantChartRights, rightOf } from './support/chart-rights.ts';
import { applyCrds } from './support/clusters.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.ts';
import { type HubNamespace, hubNamespace, SMALL } from './support/hub-namespace.ts';
import type { OperatorProcess } from './support/operator-process.ts';
import { serveOptionalKinds } from './support/optional-kinds.ts';
import { ownControlPlane } from './support/shared-control-plane.ts';

/** Where owner references that hold deletions back need a right, as on OpenShift. */
const STRICT = ['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'];

/** Rights that no request of the operator shows. */
const NOT_SEEN: Record<string, string> = {
  'delete serviceaccounts': 'every cluster has one until garbage collection takes it; kinds are pruned alike',
  'update mcphubclusters/finalizers.mcphub.io': 'asked for by the admission of owner references, not by a request',
};

const resources = { requests: { cpu: '100m' } };
const LARGE = {
  coordinator: { replicas: 2, ingress: { host: 'mcp.example.com' } },
  nodes: { replicas: 2, resources, autoscaling: { min: 2, max: 4, cpu: 80 } },
  nodePools: [{ name: 'big', autoscaling: { provider: 'keda', min: 2, max: 4, cpu: 80 } }],
  monitoring: { scrape: 'service-monitor', rules: true, dashboard: true },
  networkPolicy: { enabled: true },
};
const OTHER = {
  coordinator: { ingress: null, httpRoute: { parentRefs: [{ name: 'gateway' }] } },
  monitoring: { scrape: 'pod-monitor', rules: false, dashboard: false },
};
const NOTHING = {
  coordinator: { replicas: 1, httpRoute: null },
  nodes: { autoscaling: null },
  nodePools: null,
  monitoring: null,
  networkPolicy: null,
};

describe('the rights of the chart', function () {
  this.timeout(120_000);
  let plane: ControlPlane;
  let proxy: FaultProxy;

  before(async function () {
    plane = await ownControlPlane(this, { apiArgs: STRICT });
    await applyCrds(plane);
    await serveOptionalKinds(plane);
    proxy = await startFaultProxy(plane);
  });
  after(async () => {
    await proxy?.close();
    await plane?.stop();
  });

  /** What was asked of the API server, as rights. An apply that makes an object needs both. */
  function used(): string[] {
    const rights = proxy.log.last
      .filter(({ verb }) => verb !== 'other')
      .flatMap(({ verb, resource, subresource, group, path }) => {
        const name = subresource === '' ? resource : `${resource}/${subresource}`;
        const makes = verb === 'patch' && subresource === '' && /[?&]fieldManager=/.test(path);
        return [rightOf(verb, name, group), ...(makes ? [rightOf('create', name, group)] : [])];
      });
    return [...new Set(rights)].sort();
  }

  async function expectNothingForbidden(operator: OperatorProcess): Promise<void> {
    const { url } = await operator.message('Metrics and probes are served', 0);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics.split('\n').filter((line) => /^rest_client_requests_total.*code="40[13]"/.test(line))).to.eql([]);
  }

  /** Makes, changes and removes one of everything. */
  async function live(hub: HubNamespace): Promise<void> {
    await hub.clusters.apply('demo', SMALL);
    await hub.settled();
    await hub.clusters.patch('demo', { spec: LARGE });
    await hub.settled({ coordinators: 2, nodes: 3 });
    await hub.clusters.patch('demo', { spec: OTHER });
    await eventually('the others are there', async () => {
      expect(await hub.names('podmonitors')).not.to.eql([]);
      expect(await hub.names('httproutes')).to.eql(['demo']);
    });
    for (const round of ['one', 'two']) {
      const mcpServers = { echo: { envFrom: [{ secretRef: { name: 'keys' } }, { configMapRef: { name: 'plain' } }] } };
      await hub.clusters.patch('demo', { spec: { mcpServers } });
      await hub.clusters.condition('demo', 'ConfigValid', 'False');
      await hub.create('secrets', { metadata: { name: 'keys' }, data: {} });
      await hub.create('configmaps', { metadata: { name: 'plain' }, data: { ROUND: round } });
      await hub.clusters.condition('demo', 'ConfigValid');
      for (const [place, name] of [
        ['secrets', 'keys'],
        ['configmaps', 'plain'],
      ] as const)
        await hub.delete(place, name);
      await hub.clusters.condition('demo', 'ConfigValid', 'False');
      await hub.clusters.patch('demo', { spec: { mcpServers: { echo: { envFrom: null } } } });
      await hub.clusters.condition('demo', 'ConfigValid');
    }
    await hub.clusters.patch('demo', { spec: NOTHING, metadata: { annotations: { 'mcphub.io/rotate': 'now' } } });
    await hub.settled();
    await eventually('the new credentials are announced', async () => {
      expect((await hub.secretText('demo-cluster', 'token')).split(',')).to.have.length(2);
    });
  }

  it('are those that the operator uses, in the whole cluster: nothing is refused, and nothing is granted in vain', async () => {
    const system = await plane.namespace('system');
    const { token, granted }: ChartRights = await grantChartRights(plane, system);
    const hub = await hubNamespace(plane);
    proxy.log.forget();
    const env = { WATCH_NAMESPACES: '', POD_NAMESPACE: system };
    const operator = hub.launch(env, proxy.kubeconfig(token));
    try {
      await operator.ready();
      await live(hub);
      await expectNothingForbidden(operator);
      expect(
        used().filter((right) => !granted.includes(right)),
        'used, not granted',
      ).to.eql([]);
      // Some of it takes a while, such as the renewal of the lease.
      await eventually('all that is granted is used', () => {
        const inVain = granted.filter((right) => !used().includes(right));
        expect(inVain, 'granted, not used').to.eql(Object.keys(NOT_SEEN).sort());
      });
    } finally {
      await operator.kill('SIGTERM');
    }
  });

  it('do for listed namespaces with Roles alone, and the operator looks nowhere else', async () => {
    const [one, two, other] = [await hubNamespace(plane), await hubNamespace(plane), await hubNamespace(plane)];
    const watched = [one.name, two.name];
    const { token } = await grantChartRights(plane, one.name, [`watchNamespaces={${watched.join()}}`]);
    proxy.log.forget();
    const operator = one.launch({ WATCH_NAMESPACES: watched.join(), POD_NAMESPACE: one.name }, proxy.kubeconfig(token));
    try {
      await operator.ready();
      for (const hub of [other, one, two]) await hub.clusters.apply('demo', SMALL);
      await one.settled();
      await two.settled();
      await expectNothingForbidden(operator);
      expect((await other.clusters.get('demo')).status).to.equal(undefined);
      expect(await other.names('deployments')).to.eql([]);
      const elsewhere = proxy.log.last.filter(
        ({ verb, namespace }) => verb !== 'other' && !watched.includes(namespace),
      );
      expect(elsewhere.map(({ path }) => path)).to.eql([]);
    } finally {
      await operator.kill('SIGTERM');
    }
  });
});
