import { expect } from 'chai';
import { eventually, Hub } from './support/hub.ts';
import { Load } from './support/load.ts';
import { needsPods } from './support/requirements.ts';
import { clusterWithOperator } from './support/shared.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

describe('kubectl scale under load, on real Pods', function () {
  this.timeout(600_000);
  let hub: Hub;
  let load: Load | undefined;

  before(async function () {
    needsPods(this);
    const { kubectl } = await clusterWithOperator();
    hub = await Hub.create(kubectl, 'e2e-scale');
  });

  after(async () => {
    await load?.stop();
    await hub?.delete();
  });

  it('lets nodes join, and takes the emptiest away, without a failed call', async () => {
    load = await Load.start(hub.url, 9);
    await hub.scale(5);
    await hub.active(5, 'everything', 'probe');
    const sessions = await costsAreCurrent(5);
    await hub.scale(2);
    await hub.active(2, 'everything', 'probe');
    await eventually('two Pods are left', async () => {
      const left = await hub.kubectl.list('-n', hub.namespace, 'pods', '-l', 'mcphub.io/pool=nodes');
      if (left.length !== 2) throw new Error(`${left.length} Pods`);
    });
    const outcome = await load.stop();
    load = undefined;
    const kept = (await hub.pods('node')).map(({ metadata }) => metadata.name as string);
    const removed = [...sessions.keys()].filter((name) => !kept.includes(name));
    const fullest = Math.max(...removed.map((name) => sessions.get(name) ?? 0));
    for (const name of kept) expect(sessions.get(name), name).to.be.at.least(fullest);
    expect(outcome.failures, JSON.stringify(outcome)).to.eql({});
    expect(outcome.calls).to.be.above(100);
  });

  /** Waits until the costs of all Pods order them as their sessions do. @returns sessions by Pod */
  async function costsAreCurrent(count: number): Promise<Map<string, number>> {
    return eventually('costs follow sessions', async () => {
      const pods = await hub.pods('node');
      const nodes = await hub.nodes();
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
