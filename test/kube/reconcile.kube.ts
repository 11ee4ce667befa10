import { expect } from 'chai';
import type { McpHubCluster } from '../../operator/api/types.ts';
import { eventually, throughout } from '../support/eventually.ts';
import { Clusters } from './support/clusters.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { hubPlane } from './support/hub-plane.ts';
import { OperatorProcess, startOperator } from './support/operator-process.ts';

const SPEC = {
  coordinator: { replicas: 1 },
  nodes: { replicas: 2 },
  mcpServers: { echo: { command: 'echo' } },
};

describe('the operator on a real API server', function () {
  this.timeout(90_000);
  let plane: ControlPlane;
  let namespace: string;
  let clusters: Clusters;
  let operator: OperatorProcess;

  before(async function () {
    plane = await hubPlane(this);
  });
  beforeEach(async () => {
    namespace = await plane.namespace();
    clusters = new Clusters(plane, namespace);
    operator = await startOperator(options());
  });
  afterEach(async function () {
    operator.showOnFailure(this);
    await operator.kill('SIGTERM');
  });

  /** Hubs do not run on this control plane: nothing answers, and at once. */
  function options() {
    const nowhere = {
      MCPHUB_OPERATOR_COORDINATOR_URL: 'http://127.0.0.1:1',
      MCPHUB_OPERATOR_HUB_URL: 'http://127.0.0.1:1',
    };
    return { kubeconfig: plane.kubeconfig, namespace, env: nowhere };
  }

  function read(path: string) {
    return plane.api.ok('GET', path.replace('NS', `namespaces/${namespace}`));
  }

  function podsAreReady(coordinators: number, nodes: number): Promise<McpHubCluster> {
    return eventually(
      'all Pods are ready',
      async () => {
        const cluster = await clusters.get('demo');
        expect(cluster.status?.coordinators?.ready).to.equal(coordinators);
        expect(cluster.status?.nodes?.ready).to.equal(nodes);
        expect(cluster.status?.conditions?.find(({ type }) => type === 'Progressing')?.reason).to.equal('Complete');
        return cluster;
      },
      40_000,
    );
  }

  /** Calls to the API server that changed something, or tried to. */
  async function writes(): Promise<number> {
    const { url } = await operator.message('Metrics and probes are served', 0);
    const text = await (await fetch(`${url}/metrics`)).text();
    const lines = text
      .split('\n')
      .filter((line) => /^rest_client_requests_total\{.*method="(PATCH|POST|DELETE)"/.test(line));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  it('makes a cluster of one object, and then writes nothing any more', async () => {
    await clusters.apply('demo', SPEC);
    const cluster = await podsAreReady(1, 2);
    expect(cluster.status?.selector).to.include('mcphub.io/cluster=demo');
    expect(cluster.status?.replicas).to.equal(2);
    await clusters.condition('demo', 'ConfigValid');
    await clusters.condition('demo', 'Verified', 'False', { reason: 'NotReachable' });
    await clusters.condition('demo', 'Available', 'Unknown', { reason: 'Unobserved' });
    const kept = operator.log.filter(({ msg }) => msg === 'Kept otherwise than applied');
    expect(kept, 'manifests are as the API server keeps them').to.eql([]);
    const before = await writes();
    await throughout(6_000, async () => expect(await writes()).to.equal(before));
  });

  it('writes nothing when it is started again', async () => {
    await clusters.apply('demo', SPEC);
    await podsAreReady(1, 2);
    await clusters.condition('demo', 'Verified', 'False');
    await operator.kill('SIGTERM');
    const version = (await clusters.get('demo')).metadata.resourceVersion;
    operator = await startOperator(options());
    const leases = await writes();
    await operator.line(({ msg, key }) => msg === 'reconciled' && key === `${namespace}/demo`);
    await throughout(4_000, async () =>
      expect((await clusters.get('demo')).metadata.resourceVersion).to.equal(version),
    );
    expect(await writes()).to.equal(leases);
  });

  it('follows the spec, puts drift back, and deletes what is not wanted any more', async () => {
    await clusters.apply('demo', { ...SPEC, networkPolicy: { enabled: true } });
    await podsAreReady(1, 2);
    await plane.kubectl(['scale', 'mcphubcluster/demo', '--replicas=3', '-n', namespace]);
    await podsAreReady(1, 3);
    await plane.kubectl(['scale', 'deployment/demo-node', '--replicas=0', '-n', namespace]);
    await eventually(
      'the drift is gone',
      async () => {
        const { spec } = await read('/apis/apps/v1/NS/deployments/demo-node');
        expect(spec.replicas).to.equal(3);
      },
      5_000,
    );
    expect((await read('/apis/networking.k8s.io/v1/NS/networkpolicies')).items).to.have.length(2);
    await clusters.patch('demo', { spec: { networkPolicy: null } });
    await eventually('the policies are gone', async () => {
      expect((await read('/apis/networking.k8s.io/v1/NS/networkpolicies')).items).to.eql([]);
    });
  });

  it('says what is missing, keeps what runs, and heals by itself', async () => {
    await clusters.apply('demo', SPEC);
    await podsAreReady(1, 2);
    const envFrom = [{ secretRef: { name: 'keys' } }];
    await clusters.patch('demo', { spec: { mcpServers: { echo: { envFrom } }, nodes: { replicas: 1 } } });
    const bad = await clusters.condition('demo', 'ConfigValid', 'False', { reason: 'MissingReference' });
    expect(bad.status?.conditions?.find(({ type }) => type === 'ConfigValid')?.message).to.include('"keys"');
    expect((await read('/apis/apps/v1/NS/deployments/demo-node')).spec.replicas).to.equal(2);
    await plane.kubectl(['create', 'secret', 'generic', 'keys', '--from-literal=KEY=value', '-n', namespace]);
    await clusters.condition('demo', 'ConfigValid');
    await eventually('the spec is in use', async () => {
      expect((await read('/apis/apps/v1/NS/deployments/demo-node')).spec.replicas).to.equal(1);
    });
    await eventually('events tell of both', async () => {
      const { items } = await read('/api/v1/NS/events?fieldSelector=involvedObject.kind=McpHubCluster');
      const reasons = (items as { reason: string }[]).map(({ reason }) => reason);
      expect(reasons).to.include('MissingReference').and.include('Valid');
    });
  });

  it('leaves a Service of somebody else alone, also one that its watches do not see', async () => {
    await plane.kubectl(['create', 'service', 'clusterip', 'demo', '--tcp=1:1', '-n', namespace]);
    await clusters.apply('demo', SPEC);
    await clusters.condition('demo', 'Degraded', 'True', { reason: 'InvalidOwnership' });
    const { spec, metadata } = await read('/api/v1/NS/services/demo');
    expect(spec.ports[0].port).to.equal(1);
    expect(metadata.ownerReferences).to.equal(undefined);
  });

  it('tells running Pods of new settings without replacing them', async () => {
    await clusters.apply('demo', SPEC);
    await podsAreReady(1, 2);
    const pods = async () =>
      (await read('/api/v1/NS/pods?labelSelector=mcphub.io/pool')).items as {
        metadata: { uid: string; annotations?: object };
      }[];
    const revisions = async () =>
      (await pods()).map(
        ({ metadata }) => (metadata.annotations as Record<string, string>)?.['mcphub.io/settings-revision'],
      );
    const uids = (await pods()).map(({ metadata }) => metadata.uid).sort();
    await eventually('each Pod has a revision', async () => expect(await revisions()).to.not.include(undefined));
    const before = await revisions();
    await clusters.patch('demo', { spec: { mcpServers: { more: { command: 'more' } } } });
    await eventually(
      'Pods have another revision',
      async () => {
        for (const revision of await revisions()) expect(before).to.not.include(revision);
      },
      5_000,
    );
    expect((await pods()).map(({ metadata }) => metadata.uid).sort()).to.eql(uids);
  });

  it('goes on in another process when the first one ends, and never in two', async () => {
    const second = new OperatorProcess(options());
    try {
      await second.message('Waiting for leadership', 0);
      await second.line(({ msg }) => msg === 'Metrics and probes are served', 0);
      expect(second.log.some(({ msg }) => msg === 'Operator is ready')).to.equal(false);
      expect(await operator.kill('SIGTERM')).to.deep.include({ code: 0 });
      // The lease was given up: nobody waits until it expires.
      await second.ready(8_000);
      await clusters.apply('demo', SPEC);
      await podsAreReady(1, 2);
    } finally {
      await second.kill('SIGTERM');
    }
  });

  it('ends when it has lost its lease: another one may lead by now', async () => {
    const lease = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/mcphub-operator`;
    await plane.api.ok('PATCH', lease, { spec: { holderIdentity: 'another' } }, 'application/merge-patch+json');
    const { code } = await operator.exited;
    expect(code).to.equal(1);
    expect(operator.log.some((line) => line.code === 'MCPHUB_OPERATOR_LEASE_LOST')).to.equal(true);
  });

  it('leaves nothing behind of a deleted cluster', async () => {
    await clusters.apply('demo', SPEC);
    await podsAreReady(1, 2);
    await clusters.delete('demo');
    await clusters.gone('demo');
    await eventually(
      'everything is gone',
      async () => {
        const kinds = 'deployments,pods,services,configmaps,secrets,poddisruptionbudgets,serviceaccounts';
        const names = await plane.kubectl(['get', kinds, '-o', 'name', '-n', namespace]);
        expect(names.trim().split('\n').sort()).to.eql(['configmap/kube-root-ca.crt', 'serviceaccount/default']);
      },
      40_000,
    );
  });
});
