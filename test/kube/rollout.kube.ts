import { expect } from 'chai';
import { ANNOTATIONS } from '../../operator/api/names.ts';
import { eventually, throughout } from '../support/eventually.ts';
import { type HubNamespace, SMALL } from './support/hub-namespace.ts';
import { settledHub } from './support/hub-plane.ts';

describe('a change of the spec', function () {
  this.timeout(90_000);
  let hub: HubNamespace;

  before(async function () {
    hub = await settledHub(this, { ...SMALL, image: { node: 'mcphub-node:1' } });
  });
  after(function () {
    return hub?.end(this);
  });

  async function uids(component: 'node' | 'coordinator'): Promise<string[]> {
    const pods = await hub.list('pods', `?labelSelector=app.kubernetes.io/component=${component}`);
    return pods.map(({ metadata }) => metadata.uid).sort();
  }

  it('of settings is told to Pods and leaves their template alone', async () => {
    const template = async (name: string) => (await hub.get('deployments', name)).spec.template;
    const before = [await template('demo-node'), await template('demo-coordinator'), await uids('node')];
    const changes = [{ groups: [{ name: 'dev', servers: ['echo'] }] }, { mcpServers: { more: { command: 'more' } } }];
    for (const spec of changes) {
      await hub.clusters.patch('demo', { spec });
      await eventually(
        'every Pod has the revision that is in its settings',
        async () => {
          for (const { metadata } of await hub.list('pods', '?labelSelector=app.kubernetes.io/component=node')) {
            const settings = JSON.parse((await hub.get('configmaps', 'demo-node')).data['mcp_settings.json']);
            expect(JSON.stringify(settings)).to.include(
              JSON.stringify(Object.keys(spec)[0] === 'groups' ? 'dev' : 'more'),
            );
            const { revision } = settings.systemConfig.cluster;
            expect(metadata.annotations?.[ANNOTATIONS.settingsRevision]).to.equal(revision);
          }
        },
        5_000,
      );
    }
    expect([await template('demo-node'), await template('demo-coordinator'), await uids('node')]).to.eql(before);
  });

  it('of the image replaces the nodes one by one, with never fewer than wanted, and no coordinator', async () => {
    const [nodes, coordinators] = [await uids('node'), await uids('coordinator')];
    let least = Number.POSITIVE_INFINITY;
    await hub.clusters.patch('demo', { spec: { image: { node: 'mcphub-node:2' } } });
    await eventually('all nodes are others', async () => {
      const { status } = await hub.get('deployments', 'demo-node');
      least = Math.min(least, status.availableReplicas ?? 0);
      const now = await uids('node');
      expect(now.filter((uid) => nodes.includes(uid))).to.eql([]);
      expect(now).to.have.length(2);
    });
    expect(least).to.be.at.least(2);
    expect(await uids('coordinator')).to.eql(coordinators);
    await hub.settled();
  });

  it('of the credentials waits for the members: while none says that it knows the new token, the old one stays', async () => {
    const [old = ''] = (await hub.secretText('demo-cluster', 'token')).split(',');
    await hub.clusters.patch('demo', { metadata: { annotations: { [ANNOTATIONS.rotate]: '1' } } });
    await eventually('the new one is announced', async () => {
      const tokens = (await hub.secretText('demo-cluster', 'token')).split(',');
      expect(tokens).to.have.length(2);
      expect(tokens[0]).to.equal(old);
    });
    await throughout(3_000, async () => {
      expect((await hub.secretText('demo-cluster', 'token')).split(',')[0]).to.equal(old);
    });
    await eventually('members are given both', async () => {
      const tokens = await hub.secretText('demo-cluster', 'token');
      for (const name of ['demo-node', 'demo-coordinator']) {
        const variables = await hub.secretText(name, 'variables.json');
        for (const token of tokens.split(',')) expect(variables, name).to.include(token);
      }
    });
  });
});
