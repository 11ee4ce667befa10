import { expect } from 'chai';
import { eventually, throughout } from '../support/eventually.ts';
import type { HubNamespace } from './support/hub-namespace.ts';
import { settledHub } from './support/hub-plane.ts';

describe('a paused cluster', function () {
  this.timeout(60_000);
  let hub: HubNamespace;

  before(async function () {
    hub = await settledHub(this);
  });
  after(function () {
    return hub?.end(this);
  });

  it('is left as it is, whatever is edited, until it goes on', async () => {
    await hub.clusters.patch('demo', { spec: { paused: true, nodes: { replicas: 4 } } });
    await hub.clusters.condition('demo', 'Progressing', 'False', { reason: 'Paused' });
    await hub.clusters.condition('demo', 'Ready', 'Unknown', { reason: 'Paused' });
    await hub.patch('deployments', 'demo-coordinator', { spec: { revisionHistoryLimit: 9 } });
    await hub.delete('poddisruptionbudgets', 'demo-node');
    await throughout(2_000, async () => {
      const { spec } = await hub.get('deployments', 'demo-coordinator');
      expect([spec.revisionHistoryLimit, (await hub.get('deployments', 'demo-node')).spec.replicas]).to.eql([9, 2]);
      expect(await hub.names('poddisruptionbudgets')).not.to.include('demo-node');
    });
    await hub.clusters.patch('demo', { spec: { paused: false } });
    await hub.settled({ nodes: 4 });
    await eventually('all is as the spec says', async () => {
      expect((await hub.get('deployments', 'demo-coordinator')).spec.revisionHistoryLimit).to.equal(3);
      expect(await hub.names('poddisruptionbudgets')).to.include('demo-node');
    });
  });

  it('is counted and reported while it is paused: its numbers are no lies', async () => {
    await hub.clusters.patch('demo', { spec: { paused: true } });
    await hub.clusters.condition('demo', 'Progressing', 'False', { reason: 'Paused' });
    await hub.plane.kubectl(['scale', 'deployment/demo-node', '--replicas=1', '-n', hub.name]);
    await eventually('the status has one node', async () => {
      expect((await hub.clusters.get('demo')).status?.nodes?.ready).to.equal(1);
    });
  });

  it('can be deleted while it is paused', async () => {
    await hub.clusters.delete('demo');
    await hub.clusters.gone('demo');
  });
});
