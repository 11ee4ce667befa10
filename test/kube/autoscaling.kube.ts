import { expect } from 'chai';
import { eventually, throughout } from '../support/eventually.ts';
import { type HubNamespace, SMALL } from './support/hub-namespace.ts';
import { settledHub } from './support/hub-plane.ts';

const AUTOSCALING = { min: 2, max: 6, cpu: 80 };

describe('the number of nodes under an autoscaler', function () {
  this.timeout(90_000);
  let hub: HubNamespace;

  before(async function () {
    const resources = { requests: { cpu: '100m' } };
    hub = await settledHub(this, { ...SMALL, nodes: { replicas: 4, resources } }, { nodes: 4 });
  });
  after(function () {
    return hub?.end(this);
  });

  async function replicas(): Promise<number> {
    return (await hub.get('deployments', 'demo-node')).spec.replicas;
  }

  async function scale(to: number): Promise<void> {
    await hub.plane.kubectl(['scale', 'deployment/demo-node', `--replicas=${to}`, '-n', hub.name]);
  }

  it('does not fall to 1 at the hand-over: a field that nobody applies any more is removed', async () => {
    const pods = (await hub.pods()).map(({ metadata }) => metadata.uid).sort();
    const { spec } = await hub.get('deployments', 'demo-node');
    await hub.clusters.patch('demo', { spec: { nodes: { autoscaling: AUTOSCALING } } });
    await eventually('there is an autoscaler', () => hub.get('horizontalpodautoscalers', 'demo-node'));
    await throughout(2_000, async () => expect(await replicas()).to.equal(4));
    expect((await hub.get('deployments', 'demo-node')).spec).to.eql(spec);
    expect((await hub.pods()).map(({ metadata }) => metadata.uid).sort()).to.eql(pods);
  });

  it('is left alone after that, also when the Deployment is applied for another reason', async () => {
    await scale(5);
    await hub.settled({ nodes: 5 });
    await hub.clusters.patch('demo', { spec: { nodes: { replicas: 3, podAnnotations: { a: 'b' } } } });
    await eventually('the template is applied', async () => {
      const { spec } = await hub.get('deployments', 'demo-node');
      expect(spec.template.metadata.annotations).to.include({ a: 'b' });
    });
    await throughout(2_000, async () => expect(await replicas()).to.equal(5));
  });

  it('is that of the spec again when there is no autoscaler any more', async () => {
    await hub.clusters.patch('demo', { spec: { nodes: { replicas: 3, autoscaling: null } } });
    await eventually('it is the one of the spec', async () => expect(await replicas()).to.equal(3), 5_000);
    await eventually('the autoscaler is gone', async () => {
      expect(await hub.names('horizontalpodautoscalers')).to.eql([]);
    });
    await scale(6);
    await eventually('drift is put back again', async () => expect(await replicas()).to.equal(3), 5_000);
  });

  it('is handed over a second time as well', async () => {
    await hub.settled({ nodes: 3 });
    await hub.clusters.patch('demo', { spec: { nodes: { autoscaling: AUTOSCALING } } });
    await eventually('there is an autoscaler', () => hub.get('horizontalpodautoscalers', 'demo-node'));
    await throughout(2_000, async () => expect(await replicas()).to.equal(3));
  });
});
