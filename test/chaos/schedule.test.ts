import { expect } from 'chai';
import { FAULT_SPECS, FAULTS } from './fault.ts';
import { CHAOS_DEFAULTS, type ChaosOptions, readOptions } from './options.ts';
import { Random, seedFor } from './random.ts';
import { coordinatorId, nodeId, type PlannedFault, planFaults, proxiedNode } from './schedule.ts';
import { drawWork } from './work.ts';

const options = (changed: Partial<ChaosOptions> = {}): ChaosOptions => ({
  ...CHAOS_DEFAULTS,
  seed: 1,
  only: FAULTS,
  ...changed,
});
const SEEDS = Array.from({ length: 50 }, (_, i) => i * 7_919);
const all = (changed: Partial<ChaosOptions> = {}) => planFaults(options(changed)).halves.flat();
const endOf = ({ kind, at, lasts }: PlannedFault) => at + lasts + FAULT_SPECS[kind].recovery;

describe('the schedule of chaos', () => {
  it('is the same for the same seed, and another one for another seed', () => {
    expect(planFaults(options())).to.eql(planFaults(options()));
    expect(new Set(SEEDS.map((seed) => JSON.stringify(all({ seed })))).size).to.equal(SEEDS.length);
  });

  it('draws the same calls for the same seed', () => {
    const calls = (seed: number) => {
      const random = new Random(seedFor(seed, 'session-1'));
      return Array.from({ length: 100 }, (_, i) => drawWork(random, `session-1#${i}`));
    };
    expect(calls(5)).to.eql(calls(5));
    expect(calls(5)).not.to.eql(calls(6));
    expect(new Set(calls(5).map(({ kind }) => kind)).size).to.equal(5);
    expect(new Set(calls(5).map(({ message }) => message)).size).to.equal(100);
  });

  it('leaves a node and a coordinator undisturbed at each time, and no member to two faults at once', () => {
    for (const seed of SEEDS) {
      for (const [nodes, coordinators] of [
        [1, 1],
        [2, 2],
        [3, 2],
        [5, 3],
      ] as const) {
        for (const half of planFaults(options({ seed, nodes, coordinators })).halves) {
          for (const fault of half) {
            const meanwhile = half.filter((other) => other.at <= fault.at && endOf(other) > fault.at);
            const members = meanwhile.map(({ member }) => member);
            expect(new Set(members).size).to.equal(members.length);
            const disturbed = (on: string) =>
              meanwhile.filter(({ kind }) => FAULT_SPECS[kind].disturbs && FAULT_SPECS[kind].on === on).length;
            expect(disturbed('node')).to.be.below(nodes);
            expect(disturbed('coordinator')).to.be.below(coordinators);
          }
        }
      }
    }
  });

  it('lets each kind come about where there is time for all', () => {
    for (const seed of SEEDS) expect(new Set(all({ seed }).map(({ kind }) => kind))).to.eql(new Set(FAULTS));
  });

  it('ends within its half, and spares one of each sort in the second', () => {
    for (const seed of SEEDS) {
      const { halves } = planFaults(options({ seed, seconds: 60 }));
      for (const fault of halves.flat()) expect(endOf(fault)).to.be.at.most(30_000);
      const ended = halves[1].filter(({ kind }) => FAULT_SPECS[kind].ends).map(({ member }) => member);
      expect(ended).not.to.include(nodeId(3));
      expect(ended).not.to.include(coordinatorId(2));
    }
  });

  it('keeps to the kinds that are wanted, and to members that they can befall', () => {
    for (const only of FAULTS) {
      const planned = all({ only: [only] });
      expect(planned.length, only).to.be.greaterThan(3);
      expect(new Set(planned.map(({ kind }) => kind))).to.eql(new Set([only]));
      const { proxied } = FAULT_SPECS[only];
      const atProxy = planned.filter(({ member }) => member === proxiedNode({ nodes: 3 })).length;
      if (proxied === 'only') expect(atProxy).to.equal(planned.length);
      if (proxied === 'not') expect(atProxy).to.equal(0);
    }
  });
});

describe('the options of chaos', () => {
  it('does not start with options that it does not understand', () => {
    expect(() => readOptions(['--seconds', 'ten'])).to.throw('--seconds must be a whole number from 1 on');
    expect(() => readOptions(['--nodes', '0'])).to.throw('--nodes must be');
    expect(() => readOptions(['--only', 'fire'])).to.throw('no fault is called "fire"; there are kill,');
    expect(() => readOptions(['--color'])).to.throw('--color');
  });

  it('draws a seed unless it is told one', () => {
    expect(readOptions(['--seed', '0', '--only', 'kill,drain', '--only', 'slow'])).to.eql(
      options({ seed: 0, only: ['kill', 'drain', 'slow'] }),
    );
    expect(readOptions([]).seed).not.to.equal(readOptions([]).seed);
  });
});
