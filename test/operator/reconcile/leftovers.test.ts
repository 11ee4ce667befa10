import { expect } from 'chai';
import type { KubeObject } from '../../../operator/kube/contract.ts';
import { KubeError } from '../../../operator/kube/errors.ts';
import { CLUSTERS, DEPLOYMENTS, SECRETS, SERVICES } from '../../../operator/reconcile/kinds.ts';
import { PATIENCE } from '../../../operator/reconcile/leftovers.ts';
import { Scene } from './support/scene.ts';

const EARLIER = { apiVersion: 'mcphub.io/v1alpha1', kind: 'McpHubCluster', name: 'demo', uid: 'earlier' };
const MADE = ['Service/demo', 'Deployment/demo-node', 'Secret/demo-cluster'];

function ownedBy(owner: object): NonNullable<KubeObject['metadata']['ownerReferences']> {
  return [{ ...EARLIER, ...owner, controller: true }];
}

/** A cluster that has just been made, where another one of its name has left objects. */
function recreated(owner: object = {}): Scene {
  const scene = new Scene({ mcpServers: { echo: { command: 'echo' } } });
  scene.api.edit(CLUSTERS, 'demo', ({ metadata }) => {
    metadata.creationTimestamp = new Date(scene.clock.time).toISOString();
  });
  const ownerReferences = ownedBy(owner);
  scene.api.put(SERVICES, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'demo', ownerReferences } });
  scene.api.put(DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'demo-node', ownerReferences },
  });
  scene.api.put(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'demo-cluster', ownerReferences } });
  return scene;
}

async function deletedBy(scene: Scene): Promise<string[]> {
  await scene.reconcile();
  const deleted = scene.api.takeWrites().filter((write) => write.startsWith('delete '));
  return deleted.map((write) => write.slice('delete '.length)).toSorted();
}

describe('what an earlier cluster of the same name has left', () => {
  it('is deleted, and the new cluster gets its own', async () => {
    const scene = recreated();
    scene.clock.pass(PATIENCE);
    expect(await deletedBy(scene)).to.eql(MADE.toSorted());
    await scene.reconcile();
    const { uid } = scene.cluster.metadata;
    for (const name of MADE) {
      const [kind = '', object = ''] = name.split('/');
      expect(scene.api.find(kind, object)?.metadata.ownerReferences?.[0]?.uid, name).to.equal(uid);
    }
  });

  it('is left to garbage collection at first, and looked at again in time', async () => {
    const scene = recreated();
    scene.clock.pass(PATIENCE - 1_000);
    expect(await scene.reconcile()).to.equal(1_000);
    expect(scene.condition('ConfigValid')).to.equal('False InvalidSpec');
    expect(await deletedBy(scene)).to.eql([]);
  });

  it('is not what somebody else has made', async () => {
    for (const owner of [{ name: 'other' }, { kind: 'Deployment' }, { apiVersion: 'other.io/v1alpha1' }]) {
      const scene = recreated(owner);
      scene.clock.pass(PATIENCE);
      expect(await deletedBy(scene), JSON.stringify(owner)).to.eql([]);
    }
  });

  it('is not deleted by an operator that has not heard yet of the cluster that it belongs to', async () => {
    const scene = recreated();
    scene.clock.pass(PATIENCE);
    scene.api.list = async () => ({ items: [{ ...scene.cluster, metadata: EARLIER }], resourceVersion: '1' });
    expect(await deletedBy(scene)).to.eql([]);
  });

  it('is not deleted when it has been released in the meantime', async () => {
    const scene = recreated();
    scene.clock.pass(PATIENCE);
    const released = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'demo' } };
    const get = scene.api.get.bind(scene.api);
    scene.api.get = (resource, namespace, name) =>
      resource === SERVICES ? Promise.resolve(released) : get(resource, namespace, name);
    expect(await deletedBy(scene)).to.not.include('Service/demo');
  });

  it('is told as being in the way when it may not be deleted', async () => {
    const scene = recreated();
    scene.clock.pass(PATIENCE);
    scene.api.refuse = ({ verb }) => {
      if (verb === 'delete') throw new KubeError('forbidden', { status: 403, reason: 'Forbidden' });
    };
    expect(await scene.reconcile()).to.equal(PATIENCE);
    expect(scene.condition('ConfigValid')).to.equal('False InvalidSpec');
    expect(scene.message('ConfigValid')).to.include('"demo-cluster"');
  });
});
