import { expect } from 'chai';
import { image } from './support/hub.ts';
import { NEXT_TAG } from './support/images.ts';
import { stageOf } from './support/stage.ts';

describe('a rollout under load, on real Pods', function () {
  this.timeout(600_000);
  const stage = stageOf('e2e-rollout');

  for (const role of ['node', 'coordinator'] as const) {
    it(`replaces every ${role} without a failed call`, async () => {
      const before = new Set((await stage.hub.pods(role)).map(({ metadata }) => metadata.uid));
      const generation = await stage.hub.generation(role);
      const load = await stage.work(6);
      await stage.hub.patch({ image: { [role]: image(role, NEXT_TAG) } });
      await stage.hub.rolledOut(role, generation);
      const outcome = await load.stop();
      const pods = await stage.hub.pods(role);
      expect(pods.filter(({ metadata }) => before.has(metadata.uid))).to.eql([]);
      expect(pods.map(({ spec }) => spec.containers[0].image)).to.include(image(role, NEXT_TAG));
      expect(outcome.failures, JSON.stringify(outcome)).to.eql({});
      expect(outcome.calls).to.be.above(100);
    });
  }
});
