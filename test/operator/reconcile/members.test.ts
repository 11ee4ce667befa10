import { expect } from 'chai';
import type { HubView, NodeReading } from '../../../operator/hub/view.ts';
import { SECRETS } from '../../../operator/reconcile/kinds.ts';
import { Scene } from './support/scene.ts';

const SERVERS = { echo: { command: 'echo' } };

function node(id: string, more: Partial<NodeReading> = {}): NodeReading {
  return { id, active: true, draining: false, sessions: 0, servers: { echo: { status: 'connected' } }, ...more };
}

function view(nodes: NodeReading[], revision?: string): HubView {
  return { coordinators: [{ pod: 'c-1', ...(revision === undefined ? {} : { revision }) }], nodes };
}

function annotation(scene: Scene, pod: string, name: string): string | undefined {
  return scene.api.find('Pod', pod)?.metadata.annotations?.[name];
}

/** The revision in the settings that a role has now. */
function revision(scene: Scene, name: string): string {
  const data = scene.api.find('ConfigMap', name)?.data as Record<string, string>;
  return JSON.parse(data['mcp_settings.json'] ?? '').systemConfig.cluster.revision;
}

async function running(): Promise<Scene> {
  const scene = new Scene({ mcpServers: SERVERS, nodes: { replicas: 2 } });
  await scene.reconcile();
  scene.addPod('c-1', 'coordinator');
  scene.addPod('n-1', 'node');
  scene.addPod('n-2', 'node');
  return scene;
}

/** Every member takes up what it was given. */
function takeUp(scene: Scene): void {
  const [nodes, coordinator] = [revision(scene, 'demo-node'), revision(scene, 'demo-coordinator')];
  scene.registry.result = view([node('n-1', { revision: nodes }), node('n-2', { revision: nodes })], coordinator);
}

describe('what a reconciliation does with Pods', () => {
  it('tells running Pods of new settings by an annotation of theirs, and again while they are late', async () => {
    const scene = await running();
    await scene.reconcile();
    const first = revision(scene, 'demo-node');
    expect(annotation(scene, 'n-1', 'mcphub.io/settings-revision')).to.equal(first);
    scene.registry.result = view(
      [node('n-1', { revision: first }), node('n-2', { revision: first })],
      revision(scene, 'demo-coordinator'),
    );
    scene.change({ mcpServers: { ...SERVERS, more: { command: 'more' } } });
    await scene.reconcile();
    const second = revision(scene, 'demo-node');
    expect(second).to.not.equal(first);
    expect(annotation(scene, 'n-1', 'mcphub.io/settings-revision')).to.equal(second);
    scene.clock.pass(5_000);
    expect(await scene.reconcile()).to.be.at.most(5_000);
    expect(annotation(scene, 'n-1', 'mcphub.io/settings-revision')).to.equal(`${second}.1`);
    takeUp(scene);
    scene.clock.pass(60_000);
    await scene.reconcile();
    expect(annotation(scene, 'n-1', 'mcphub.io/settings-revision')).to.equal(`${second}.1`);
  });

  it('keeps the cost of deletion at the number of sessions, at most every 10 s', async () => {
    const scene = await running();
    scene.registry.result = view([node('n-1', { sessions: 3 }), node('n-2')]);
    await scene.reconcile();
    expect(annotation(scene, 'n-1', 'controller.kubernetes.io/pod-deletion-cost')).to.equal('3');
    expect(annotation(scene, 'n-2', 'controller.kubernetes.io/pod-deletion-cost')).to.equal(undefined);
    scene.registry.result = view([node('n-1', { sessions: 4 }), node('n-2')]);
    expect(await scene.reconcile()).to.be.at.most(10_000);
    expect(annotation(scene, 'n-1', 'controller.kubernetes.io/pod-deletion-cost')).to.equal('3');
    scene.clock.pass(10_000);
    await scene.reconcile();
    expect(annotation(scene, 'n-1', 'controller.kubernetes.io/pod-deletion-cost')).to.equal('4');
  });

  it('keeps the cost of deletion current while the spec has problems: an autoscaler goes on with the last good one', async () => {
    const scene = await running();
    scene.registry.result = view([node('n-1', { sessions: 3 }), node('n-2')]);
    await scene.reconcile();
    scene.change({ groups: [{ name: 'dev', servers: ['nowhere'] }] });
    scene.registry.result = view([node('n-1'), node('n-2', { sessions: 4 })]);
    scene.api.takeWrites();
    expect(await scene.reconcile()).to.be.at.most(10_000);
    expect(scene.condition('ConfigValid')).to.equal('False InvalidSpec');
    expect(scene.api.takeWrites()).to.have.members(['mergePatch Pod/n-2', 'applyStatus McpHubCluster/demo']);
    scene.clock.pass(10_000);
    await scene.reconcile();
    expect(annotation(scene, 'n-1', 'controller.kubernetes.io/pod-deletion-cost')).to.equal('0');
    expect(annotation(scene, 'n-2', 'controller.kubernetes.io/pod-deletion-cost')).to.equal('4');
  });

  it('leaves the cost of deletion alone in a paused cluster, as all else', async () => {
    const scene = await running();
    scene.registry.result = view([node('n-1', { sessions: 3 }), node('n-2')]);
    await scene.reconcile();
    scene.change({ paused: true });
    scene.registry.result = view([node('n-1'), node('n-2', { sessions: 4 })]);
    scene.clock.pass(10_000);
    scene.api.takeWrites();
    await scene.reconcile();
    expect(scene.api.takeWrites()).to.eql(['applyStatus McpHubCluster/demo']);
  });

  it('writes the costs as they are now before a Deployment gets fewer Pods: else the busiest node might go', async () => {
    const scene = await running();
    scene.registry.result = view([node('n-1', { sessions: 3 }), node('n-2')]);
    await scene.reconcile();
    scene.registry.onRefresh = () => {
      scene.registry.result = view([node('n-1'), node('n-2', { sessions: 9 })]);
    };
    scene.api.takeWrites();
    scene.change({ nodes: { replicas: 1 } });
    await scene.reconcile();
    const writes = scene.api.takeWrites().filter((write) => !write.startsWith('applyStatus'));
    expect(scene.registry.refreshed).to.equal(1);
    expect(annotation(scene, 'n-1', 'controller.kubernetes.io/pod-deletion-cost')).to.equal('0');
    expect(annotation(scene, 'n-2', 'controller.kubernetes.io/pod-deletion-cost')).to.equal('9');
    expect(writes.indexOf('mergePatch Pod/n-2')).to.be.lessThan(writes.indexOf('apply Deployment/demo-node'));
  });

  it('rotates credentials in steps, each only when all members have the one before', async () => {
    const scene = await running();
    const tokens = () => {
      const data = scene.api.find('Secret', 'demo-cluster')?.data as { token: string };
      return Buffer.from(data.token, 'base64').toString().split(',');
    };
    const [old = ''] = tokens();
    takeUp(scene);
    await scene.reconcile();
    scene.annotate({ 'mcphub.io/rotate': '1' });
    await scene.reconcile();
    expect(tokens()).to.have.length(2);
    expect(tokens()[0]).to.equal(old);
    await scene.reconcile();
    await scene.reconcile();
    expect(tokens()[0], 'nobody has the new token yet').to.equal(old);
    takeUp(scene);
    scene.registry.result?.nodes.splice(1, 1, node('n-2', { revision: 'older' }));
    await scene.reconcile();
    expect(tokens()[0], 'one node is late').to.equal(old);
    takeUp(scene);
    await scene.reconcile();
    expect(tokens()[1]).to.equal(old);
    await scene.reconcile();
    takeUp(scene);
    await scene.reconcile();
    expect(tokens()).to.have.length(1).and.not.include(old);
    await scene.reconcile();
    takeUp(scene);
    await scene.reconcile();
    scene.api.takeWrites();
    await scene.reconcile();
    expect(scene.api.takeWrites()).to.eql([]);
  });

  it('makes credentials once: a store that lags behind does not cut off all members', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    await scene.reconcile();
    const before = scene.api.find('Secret', 'demo-cluster');
    scene.api.late.add('demo-cluster');
    await scene.reconcile();
    expect(scene.api.find('Secret', 'demo-cluster')?.data).to.eql(before?.data);
  });

  it('does not take a Secret of somebody else for its credentials', async () => {
    const scene = new Scene({ mcpServers: SERVERS });
    const data = { token: 'dGhlaXJz', secret: 'dGhlaXJz' };
    scene.api.put(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'demo-cluster' }, data });
    await scene.reconcile();
    expect(scene.condition('ConfigValid')).to.equal('False InvalidSpec');
    expect(scene.message('ConfigValid')).to.include('"demo-cluster"');
    expect(scene.api.takeWrites()).to.eql(['applyStatus McpHubCluster/demo']);
  });

  it('writes sessions alone at most every 30 s, and all else at once', async () => {
    const scene = await running();
    scene.registry.result = view([node('n-1'), node('n-2')]);
    await scene.reconcile();
    scene.registry.result = view([node('n-1', { sessions: 1 }), node('n-2')]);
    scene.clock.pass(1_000);
    await scene.reconcile();
    expect(scene.cluster.status?.sessions).to.equal(0);
    scene.registry.result = view([
      node('n-1', { sessions: 1 }),
      node('n-2', { servers: { echo: { status: 'failed' } } }),
    ]);
    await scene.reconcile();
    expect(scene.cluster.status?.sessions).to.equal(1);
    scene.registry.result = view([
      node('n-1', { sessions: 2 }),
      node('n-2', { servers: { echo: { status: 'failed' } } }),
    ]);
    scene.clock.pass(30_000);
    await scene.reconcile();
    expect(scene.cluster.status?.sessions).to.equal(2);
  });

  it('keeps what was known while a restarted operator has not seen the hub yet', async () => {
    const scene = await running();
    scene.registry.result = view([node('n-1'), node('n-2')]);
    await scene.reconcile();
    expect(scene.cluster.status?.summary?.servers).to.equal('1/1');
    scene.registry.result = undefined;
    scene.api.takeWrites();
    await scene.reconcile();
    expect(scene.api.takeWrites().filter((write) => write.startsWith('applyStatus'))).to.eql([]);
  });
});
