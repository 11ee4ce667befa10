import { expect } from 'chai';
import { KubeError } from '../../../operator/kube/errors.ts';
import {
  CLUSTERS,
  CONFIG_MAPS,
  DEPLOYMENTS,
  PODS,
  resourceOf,
  SECRETS,
  SERVICES,
} from '../../../operator/reconcile/kinds.ts';
import { Scene } from './support/scene.ts';

const SERVERS = { echo: { command: 'echo' } };

describe('a reconciliation', () => {
  it('makes everything once: a second pass and a restarted operator write nothing', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    await scene.reconcile();
    const first = scene.api.takeWrites();
    for (const object of [
      'create Secret/demo-cluster',
      'apply ServiceAccount/demo',
      'apply Service/demo',
      'apply Service/demo-coordinators',
      'apply ConfigMap/demo-node',
      'apply Deployment/demo-coordinator',
      'apply Deployment/demo-node',
      'applyStatus McpHubCluster/demo',
    ]) {
      expect(first).to.include(object);
    }
    await scene.reconcile();
    scene.api.takeWrites();
    const before = scene.api.reads.length;
    await scene.reconcile();
    expect(scene.api.takeWrites()).to.eql([]);
    expect(scene.api.reads.slice(before)).to.eql([]);
  });

  it('puts back what somebody else changed, and only that', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    await scene.reconcile();
    await scene.reconcile();
    scene.api.takeWrites();
    scene.api.edit(DEPLOYMENTS, 'demo-node', (object) => {
      (object.spec as { replicas: number }).replicas = 7;
    });
    await scene.reconcile();
    expect(scene.api.takeWrites()).to.include('apply Deployment/demo-node').and.not.include('apply Service/demo');
    expect(scene.api.find('Deployment', 'demo-node')?.spec).to.have.property('replicas', 2);
  });

  it('does not take over an object of somebody else, says so, and goes on with the rest', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    scene.api.put(SERVICES, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'demo' }, spec: { theirs: true } });
    await scene.reconcile();
    const writes = scene.api.takeWrites();
    expect(writes).to.include('apply Deployment/demo-node').and.not.include('apply Service/demo');
    expect(scene.api.find('Service', 'demo')?.spec).to.eql({ theirs: true });
    expect(scene.condition('Degraded')).to.equal('True InvalidOwnership');
    expect(scene.message('Degraded')).to.include('Service "demo"');
    expect(scene.events.map(({ reason }) => reason)).to.include('InvalidOwnership');
    await scene.reconcile();
    expect(scene.events.filter(({ reason }) => reason === 'InvalidOwnership')).to.have.length(1);
  });

  it('applies nothing of a spec whose Secret is missing, and heals when it appears', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    await scene.reconcile();
    scene.api.takeWrites();
    const reference = { mcpServers: { echo: { command: 'echo', envFrom: [{ secretRef: { name: 'keys' } }] } } };
    scene.change({ ...reference, nodes: { replicas: 5 } });
    await scene.reconcile();
    expect(scene.api.takeWrites()).to.eql(['applyStatus McpHubCluster/demo']);
    expect(scene.condition('ConfigValid')).to.equal('False MissingReference');
    expect(scene.message('ConfigValid')).to.include('spec.mcpServers.echo.envFrom[0].secretRef').and.include('"keys"');
    expect(scene.events.map(({ reason }) => reason)).to.include('MissingReference');
    const data = { KEY: Buffer.from('value').toString('base64') };
    scene.api.put(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, data });
    await scene.reconcile();
    expect(scene.condition('ConfigValid')).to.equal('True Valid');
    expect(scene.api.takeWrites()).to.include('apply Deployment/demo-node');
  });

  it('reads a Secret again only when it has changed', async () => {
    const scene = new Scene({
      mcpServers: { echo: { command: 'echo', envFrom: [{ secretRef: { name: 'keys' } }] } },
    });
    const put = (value: string) =>
      scene.api.put(SECRETS, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'keys', uid: 'keys' },
        data: { KEY: Buffer.from(value).toString('base64') },
      });
    put('one');
    const reads = () => scene.api.reads.filter((read) => read === 'Secret/keys').length;
    await scene.reconcile();
    await scene.reconcile();
    expect(reads()).to.equal(1);
    put('two');
    await scene.reconcile();
    expect(reads()).to.equal(2);
  });

  it('deletes what is not rendered any more, but not the credentials', async () => {
    const scene = new Scene({ mcpServers: SERVERS, coordinator: { ingress: { host: 'hub.example.com' } } });
    await scene.reconcile();
    expect(scene.api.find('Ingress', 'demo')).to.not.equal(undefined);
    scene.change({ coordinator: {} });
    await scene.reconcile();
    expect(scene.api.find('Ingress', 'demo')).to.equal(undefined);
    expect(scene.api.find('Secret', 'demo-cluster')).to.not.equal(undefined);
    expect(scene.api.takeWrites().filter((write) => write.startsWith('delete'))).to.eql(['delete Ingress/demo']);
  });

  it('does not fight with a server that keeps a field otherwise', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    scene.api.normalise = (object) => {
      if (object.kind === 'Service') Object.assign(object.spec as object, { type: 'Normalised' });
    };
    await scene.reconcile();
    await scene.reconcile();
    scene.api.takeWrites();
    scene.clock.pass(60_000);
    await scene.reconcile();
    expect(scene.api.takeWrites().filter((write) => write.includes('Service/'))).to.eql([]);
    expect(scene.logged.filter((line) => line === 'Kept otherwise than applied')).to.have.length(2);
  });

  it('names a kind that is not served, applies the rest, and goes on once it is', async () => {
    const scene = new Scene({ mcpServers: SERVERS, monitoring: { scrape: 'pod-monitor' } });
    scene.api.unserved.add('PodMonitor');
    expect(await scene.reconcile()).to.be.at.most(60_000);
    expect(scene.condition('Degraded')).to.equal('True ApiNotServed');
    expect(scene.message('Degraded')).to.include('PodMonitor').and.include('the Prometheus operator');
    expect(scene.condition('ConfigValid')).to.equal('True Valid');
    scene.api.unserved.clear();
    await scene.reconcile();
    expect(scene.condition('Degraded')).to.not.equal('True ApiNotServed');
    expect(scene.api.takeWrites().some((write) => write.startsWith('apply PodMonitor/'))).to.equal(true);
  });

  it('names a kind that ceases to be served before the operator has noticed', async () => {
    const scene = new Scene({ mcpServers: SERVERS, monitoring: { scrape: 'pod-monitor' } });
    scene.api.refuse = ({ object }) => {
      if (object.startsWith('PodMonitor/')) throw new KubeError('page not found', { status: 404, reason: 'NotFound' });
    };
    await scene.reconcile();
    expect(scene.condition('Degraded')).to.equal('True ApiNotServed');
    expect(scene.message('Degraded')).to.include('install the Prometheus operator');
  });

  for (const status of [403, 422]) {
    it(`says in the server's words what it refuses with ${status}, and goes on with the rest`, async () => {
      const scene = new Scene({ mcpServers: SERVERS });
      scene.api.refuse = ({ verb, object }) => {
        if (verb === 'apply' && object === 'Deployment/demo-coordinator') {
          throw new KubeError('exceeded quota: pods', { status, reason: 'Forbidden' });
        }
      };
      expect(await scene.reconcile())
        .to.be.at.most(60_000)
        .and.at.least(1_000);
      expect(scene.condition('Degraded')).to.equal('True Refused');
      expect(scene.message('Degraded')).to.include('exceeded quota: pods');
      expect(scene.api.find('Deployment', 'demo-node')).to.not.equal(undefined);
    });
  }

  it('leaves an outage to the backoff of the queue', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    scene.api.refuse = () => {
      throw new KubeError('away', { status: 503, reason: 'ServiceUnavailable' });
    };
    const outcome = await scene.reconcile().catch((error: KubeError) => error);
    expect(outcome).to.be.instanceOf(KubeError);
  });

  it('leaves a paused cluster alone, but for its status', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    await scene.reconcile();
    scene.change({ paused: true, nodes: { replicas: 9 } });
    scene.api.takeWrites();
    await scene.reconcile();
    expect(scene.api.takeWrites()).to.eql(['applyStatus McpHubCluster/demo']);
    expect(scene.condition('Ready')).to.equal('Unknown Paused');
    expect(scene.condition('ConfigValid')).to.equal('True Valid');
  });

  it('leaves a cluster that is being deleted to garbage collection', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    await scene.reconcile();
    scene.api.takeWrites();
    scene.api.edit(CLUSTERS, 'demo', ({ metadata }) => {
      metadata.deletionTimestamp = '2026-08-01T12:00:00Z';
    });
    scene.api.edit(DEPLOYMENTS, 'demo-node', (object) => Object.assign(object, { spec: {} }));
    expect(await scene.reconcile()).to.equal(undefined);
    expect(scene.api.takeWrites()).to.eql([]);
  });

  it('makes an object again that somebody deleted', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    await scene.reconcile();
    await scene.api.delete(CONFIG_MAPS, 'default', 'demo-node');
    scene.api.takeWrites();
    await scene.reconcile();
    expect(scene.api.takeWrites()).to.include('apply ConfigMap/demo-node');
  });

  it('knows the resource of each kind that it renders', () => {
    expect(resourceOf({ apiVersion: 'v1', kind: 'Pod' })).to.equal(undefined);
    expect(resourceOf({ apiVersion: 'apps/v1', kind: 'Deployment' })).to.equal(DEPLOYMENTS);
    expect(PODS.plural).to.equal('pods');
  });
});
