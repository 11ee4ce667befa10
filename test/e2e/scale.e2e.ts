import { expect } from 'chai';
import { eventually } from './support/hub.ts';
import { stageOf } from './support/stage.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

describe('kubectl scale under load, on real Pods', function () {
  this.timeout(600_000);
  const stage = stageOf('e2e-scale');

  it('lets nodes join, and takes the emptiest away, without a failed call', async () => {
    const load = await stage.work(9);
    await stage.hub.scale(5);
    await stage.hub.active(5, 'everything', 'probe');
    const sessions = await costsAreCurrent(5);
    await stage.hub.scale(2);
    await stage.hub.active(2, 'everything', 'probe');
    await eventually('two Pods are left', async () => {
      const left = await stage.hub.kubectl.list('-n', stage.hub.namespace, 'pods', '-l', 'mcphub.io/pool=nodes');
      if (left.length !== 2) throw new Error(`${left.length} Pods`);
    });
    const outcome = await load.stop();
    const kept = (await stage.hub.pods('node')).map(({ metadata }) => metadata.name as string);
    const removed = [...sessions.keys()].filter((name) => !kept.includes(name));
    const fullest = Math.max(...removed.map((name) => sessions.get(name) ?? 0));
    for (const name of kept) expect(sessions.get(name), name).to.be.at.least(fullest);
    expect(outcome.failures, JSON.stringify(outcome)).to.eql({});
    expect(outcome.calls).to.be.above(100);
  });

  /** Waits until the costs of all Pods order them as their sessions do. @returns sessions by Pod */
  async function costsAreCurrent(count: number): Promise<Map<string, number>> {
    return eventually('costs follow sessions', async () => {
      const pods = await stage.hub.pods('node');
      const nodes = await stage.hub.nodes();
      const sessions = new Map(nodes.map(({ id, metadata }) => [id, metadata?.sessions ?? 0]));
      const rows = pods.map(({ metadata }) => ({
        sessions: sessions.get(metadata.name) ?? -1,
        // Kubernetes takes an absent one for 0.
        cost: Number(metadata.annotations?.[DELETION_COST] ?? 0),
      }));
      const right = rows.every((a) => rows.every((b) => a.sessions >= b.sessions || a.cost < b.cost));
      if (rows.length !== count || !right) throw new Error(JSON.stringify(rows));
      return sessions;
    });
  }
});
