import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import type { ControlPlane } from './support/control-plane.ts';
import {
  type HubNamespace,
  hubNamespace,
  type Live,
  type Place,
  SMALL,
  untilGarbageIsCollected,
} from './support/hub-namespace.ts';
import { hubPlane } from './support/hub-plane.ts';

const LABELS = { app: 'theirs' };
const POD = { metadata: { labels: LABELS }, spec: { containers: [{ name: 'one', image: 'theirs:1' }] } };
/** Objects of somebody else that have the names that a cluster needs. */
const THEIRS: Partial<Record<Place, object>> = {
  deployments: {
    metadata: { name: 'demo-node' },
    spec: { replicas: 1, selector: { matchLabels: LABELS }, template: POD },
  },
  configmaps: { metadata: { name: 'demo-coordinator' }, data: { theirs: 'yes' } },
  secrets: { metadata: { name: 'demo-coordinator' }, data: { theirs: 'eWVz' } },
  serviceaccounts: { metadata: { name: 'demo' } },
  services: { metadata: { name: 'demo-coordinators' }, spec: { ports: [{ port: 1 }] } },
};

describe('objects of somebody else', function () {
  this.timeout(120_000);
  let plane: ControlPlane;
  let hub: HubNamespace;

  before(async function () {
    plane = await hubPlane(this);
    await untilGarbageIsCollected(plane);
  });
  beforeEach(async () => {
    hub = await hubNamespace(plane);
    await hub.start();
  });
  afterEach(function () {
    return hub?.end(this);
  });

  function namesOf(object: object): string {
    return (object as Live).metadata.name;
  }

  it('are never taken over, and the operator says which are in the way, once', async () => {
    const places = Object.entries(THEIRS) as [Place, object][];
    for (const [place, object] of places) await hub.create(place, object);
    await hub.clusters.apply('demo', SMALL);
    const cluster = await hub.clusters.condition('demo', 'Degraded', 'True', { reason: 'InvalidOwnership' });
    const message = cluster.status?.conditions?.find(({ type }) => type === 'Degraded')?.message ?? '';
    for (const [place, object] of places) {
      expect(message).to.include(`"${namesOf(object)}"`);
      const { metadata } = await hub.get(place, namesOf(object));
      expect(metadata.ownerReferences, place).to.equal(undefined);
      // An object of which nobody set a field has none.
      const managers = ((metadata.managedFields ?? []) as { manager: string }[]).map(({ manager }) => manager);
      expect(
        managers.filter((manager) => /mcphub/.test(manager)),
        place,
      ).to.eql([]);
    }
    expect(await hub.names('deployments'), 'the rest is made').to.include('demo-coordinator');
    await eventually('there is an event', async () => expect(await hub.reasons()).to.include('InvalidOwnership'));
    for (const [place, object] of places) await hub.delete(place, namesOf(object));
    // What is not watched is looked at again after a minute.
    await hub.clusters.condition('demo', 'Degraded', 'Unknown', { within: 75_000 });
    await hub.settled();
    expect((await hub.reasons()).filter((reason) => reason === 'InvalidOwnership')).to.have.length(1);
  });

  it('are not credentials: a Secret of that name stops everything, and is left as it is', async () => {
    const { data } = await hub.create('secrets', { metadata: { name: 'demo-cluster' }, data: { token: 'dGhlaXJz' } });
    await hub.clusters.apply('demo', SMALL);
    const cluster = await hub.clusters.condition('demo', 'ConfigValid', 'False', { reason: 'InvalidSpec' });
    const message = cluster.status?.conditions?.find(({ type }) => type === 'ConfigValid')?.message;
    expect(message).to.include('"demo-cluster"').and.include('delete it');
    expect((await hub.get('secrets', 'demo-cluster')).data).to.eql(data);
    expect(await hub.names('deployments')).to.eql([]);
    await hub.delete('secrets', 'demo-cluster');
    await hub.clusters.patch('demo', { spec: { nodes: { replicas: 1 } } });
    await hub.settled({ nodes: 1 });
    expect((await hub.get('secrets', 'demo-cluster')).data).not.to.eql(data);
  });

  it('may be of an earlier cluster of the same name: the new one gets its own', async () => {
    await hub.clusters.apply('demo', SMALL);
    await hub.settled();
    const before = await hub.get('secrets', 'demo-cluster');
    await hub.clusters.delete('demo');
    await hub.clusters.gone('demo');
    const { metadata } = await hub.clusters.apply('demo', SMALL);
    await hub.settled();
    const after = await hub.get('secrets', 'demo-cluster');
    expect(after.metadata.ownerReferences[0].uid).to.equal(metadata.uid);
    expect(after.data.token).not.to.equal(before.data.token);
  });

  it('of an earlier cluster are deleted where garbage collection did not see that there were two of them', async () => {
    await hub.clusters.apply('demo', SMALL);
    const { metadata: before } = await hub.settled();
    const collector = plane.pid('kube-controller-manager');
    process.kill(collector, 'SIGSTOP');
    try {
      // It has to watch anew after this, and finds a cluster where there was one.
      await plane.restartApiServer();
      await hub.clusters.delete('demo');
      await hub.clusters.gone('demo');
      await hub.clusters.apply('demo', SMALL);
    } finally {
      process.kill(collector, 'SIGCONT');
    }
    const { metadata } = await hub.settled({ within: 90_000 });
    for (const place of ['deployments', 'services', 'secrets', 'poddisruptionbudgets'] as const) {
      const owners = (await hub.list(place)).map((object) => object.metadata.ownerReferences[0].uid);
      expect(new Set(owners), place)
        .to.eql(new Set([metadata.uid]))
        .and.not.include(before.uid);
    }
  });
});
