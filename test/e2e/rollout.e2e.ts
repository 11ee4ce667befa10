import { expect } from 'chai';
import { Hub, image } from './support/hub.ts';
import { NEXT_TAG } from './support/images.ts';
import { Load } from './support/load.ts';
import { needsPods } from './support/requirements.ts';
import { clusterWithOperator } from './support/shared.ts';

describe('a rollout under load, on real Pods', function () {
  this.timeout(600_000);
  let hub: Hub;
  let load: Load | undefined;

  before(async function () {
    needsPods(this);
    const { kubectl } = await clusterWithOperator();
    hub = await Hub.create(kubectl, 'e2e-rollout');
  });

  afterEach(async () => {
    await load?.stop();
    load = undefined;
  });

  after(() => hub?.delete());

  for (const role of ['node', 'coordinator'] as const) {
    it(`replaces every ${role} without a failed call`, async () => {
      const before = new Set((await hub.pods(role)).map(({ metadata }) => metadata.uid));
      const generation = await hub.generation(role);
      load = await Load.start(hub.url, 6);
      await hub.patch({ image: { [role]: image(role, NEXT_TAG) } });
      await hub.rolledOut(role, generation);
      const outcome = await load.stop();
      const pods = await hub.pods(role);
      expect(pods.filter(({ metadata }) => before.has(metadata.uid))).to.eql([]);
      expect(pods.map(({ spec }) => spec.containers[0].image)).to.include(image(role, NEXT_TAG));
      expect(outcome.failures, JSON.stringify(outcome)).to.eql({});
      expect(outcome.calls).to.be.above(100);
    });
  }
});
