import { expect } from 'chai';
import { eventually, throughout } from '../support/eventually.ts';
import type { ControlPlane } from './support/control-plane.ts';
import type { FaultProxy } from './support/fault-proxy.ts';
import { type HubNamespace, hubNamespace, SMALL } from './support/hub-namespace.ts';
import { proxiedPlane } from './support/hub-plane.ts';
import type { OperatorProcess } from './support/operator-process.ts';

const CONDITIONS = ['Ready', 'Available', 'Progressing', 'Degraded', 'ConfigValid', 'Verified'];
/** Names for which dashboards of controller-runtime look. */
const METRICS = [
  'controller_runtime_reconcile_total{controller="mcphubcluster",result="success"}',
  'controller_runtime_reconcile_errors_total{controller="mcphubcluster"}',
  'controller_runtime_reconcile_time_seconds_count{controller="mcphubcluster"}',
  'controller_runtime_max_concurrent_reconciles{controller="mcphubcluster"}',
  'controller_runtime_active_workers{controller="mcphubcluster"}',
  'workqueue_depth{name="mcphubcluster"}',
  'workqueue_adds_total{name="mcphubcluster"}',
  'workqueue_retries_total{name="mcphubcluster"}',
  'leader_election_master_status{name="mcphub-operator"}',
];

describe('what the operator tells', function () {
  this.timeout(90_000);
  let plane: ControlPlane;
  let proxy: FaultProxy;
  let hub: HubNamespace;

  before(async function () {
    ({ plane, proxy } = await proxiedPlane(this));
  });
  beforeEach(async () => {
    hub = await hubNamespace(plane, proxy);
  });
  afterEach(async function () {
    await hub?.end(this);
    await proxy.heal();
  });
  after(() => proxy?.close());

  async function ops(operator: OperatorProcess, path: string): Promise<Response> {
    const { url } = await operator.message('Metrics and probes are served', 0);
    return fetch(`${url}${path}`);
  }

  it('is of the spec that it looked at: each condition has the generation, and its time only moves with its status', async () => {
    await hub.start();
    await hub.clusters.apply('demo', SMALL);
    const before = await hub.settled();
    await hub.clusters.patch('demo', { spec: { nodes: { replicas: 3 } } });
    await hub.settled({ nodes: 3 });
    await hub.clusters.condition('demo', 'Verified', 'False');
    const { status, metadata } = await hub.clusters.get('demo');
    expect(status?.observedGeneration).to.equal(metadata.generation);
    expect(status?.conditions?.map(({ type }) => type)).to.eql(CONDITIONS);
    for (const condition of status?.conditions ?? []) {
      expect(condition.observedGeneration, condition.type).to.equal(metadata.generation);
      expect(condition.reason, condition.type).to.match(/^[A-Z]\w+$/);
      expect(condition.message, condition.type).not.to.equal('');
      const earlier = before.status?.conditions?.find(({ type }) => type === condition.type);
      if (condition.type === 'ConfigValid') expect(condition.lastTransitionTime).to.equal(earlier?.lastTransitionTime);
    }
  });

  it('is told once, however often it is looked at: events are for transitions', async () => {
    const operator = await hub.start();
    await hub.clusters.apply('demo', SMALL);
    await hub.settled();
    await hub.clusters.condition('demo', 'Verified', 'False');
    const before = await hub.reasons();
    const reconciles = () =>
      operator.metric('controller_runtime_reconcile_time_seconds_count{controller="mcphubcluster"}');
    const count = await reconciles();
    for (const value of ['1', '2', '3']) {
      await hub.patch('deployments', 'demo-node', { metadata: { annotations: { 'example.com/touched': value } } });
      await eventually('it was looked at', async () =>
        expect(await reconciles()).to.be.greaterThan(count + Number(value) - 1),
      );
    }
    await throughout(1_000, async () => expect(await hub.reasons()).to.eql(before));
    expect(new Set(before).size, before.join()).to.equal(before.length);
    const described = await plane.kubectl(['describe', 'mhc', 'demo', '-n', hub.name]);
    for (const reason of before) expect(described).to.include(reason);
  });

  it('is measured in the names of controller-runtime', async () => {
    const operator = await hub.start();
    await hub.clusters.apply('demo', SMALL);
    await hub.settled();
    const text = await (await ops(operator, '/metrics')).text();
    for (const name of METRICS) expect(text, name).to.include(`${name} `);
    expect(text).to.match(/^rest_client_requests_total\{code="200",method="GET",host="127.0.0.1:\d+"\} [1-9]/m);
    expect(await operator.metric('leader_election_master_status{name="mcphub-operator"}')).to.equal(1);
    expect(await operator.metric('mcphub_operator_clusters{ready="False"}')).to.equal(1);
  });

  it('is no lie to probes: ready with all stores filled, alive before that', async () => {
    const hanging = proxy.fail(
      { verb: 'list', resource: 'deployments', times: 1 },
      { kind: 'delay', milliseconds: 4_000 },
    );
    const operator = hub.launch();
    await eventually('it lists', () => expect(hanging.hits).to.equal(1));
    expect((await ops(operator, '/livez')).status).to.equal(200);
    expect((await ops(operator, '/readyz')).status).to.equal(503);
    await operator.ready();
    expect((await ops(operator, '/readyz')).status).to.equal(200);
    const standby = hub.launch();
    await standby.message('Waiting for leadership', 0);
    expect((await ops(standby, '/readyz')).status, 'one that waits can take over').to.equal(200);
  });
});
