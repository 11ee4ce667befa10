import { expect } from 'chai';
import { DEPLOYMENTS, SECRETS } from '../../../operator/reconcile/kinds.ts';
import { Scene } from './support/scene.ts';

const SERVERS = { echo: { command: 'echo' } };

describe('a reconciliation does not', () => {
  it('bring back an object that is going, in the middle of that', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    await scene.reconcile();
    await scene.reconcile();
    scene.api.takeWrites();
    scene.api.edit(DEPLOYMENTS, 'demo-node', ({ metadata, spec }) => {
      metadata.deletionTimestamp = '2026-08-01T12:00:00Z';
      (spec as { replicas: number }).replicas = 0;
    });
    await scene.reconcile();
    expect(scene.api.takeWrites()).not.to.include('apply Deployment/demo-node');
  });

  it('take a Secret of somebody else for credentials of the cluster', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    const data = { token: Buffer.from('theirs').toString('base64'), secret: Buffer.from('theirs').toString('base64') };
    const theirs = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'demo-cluster',
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'theirs', controller: true }],
      },
      data,
    };
    scene.api.put(SECRETS, theirs);
    await scene.reconcile();
    expect(scene.api.takeWrites().filter((write) => write.startsWith('apply Deployment'))).to.eql([]);
    expect(scene.api.find('Secret', 'demo-cluster')).to.deep.include({ data });
  });

  it('make credentials a second time because a store lags behind', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    await scene.reconcile();
    const { data } = scene.api.find('Secret', 'demo-cluster') as unknown as { data: object };
    scene.api.late.add('demo-cluster');
    scene.api.takeWrites();
    await scene.reconcile();
    expect(scene.api.takeWrites().filter((write) => write.includes('Secret/demo-cluster'))).to.eql([]);
    expect(scene.api.find('Secret', 'demo-cluster')).to.deep.include({ data });
  });

  it('take Pods away before the costs of their deletion are told', async () => {
    const scene = new Scene({ mcpServers: SERVERS, nodes: { replicas: 3 } });
    await scene.reconcile();
    await scene.reconcile();
    const order: string[] = [];
    scene.registry.onRefresh = () => void order.push('sessions are counted');
    scene.api.refuse = ({ object }) => void (object === 'Deployment/demo-node' && order.push('fewer Pods'));
    scene.change({ nodes: { replicas: 1 } });
    await scene.reconcile();
    expect(order).to.eql(['sessions are counted', 'fewer Pods']);
  });
});
