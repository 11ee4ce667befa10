import { expect } from 'chai';
import { until } from '../support/until.ts';
import type { Load } from './support/load.ts';
import { stageOf } from './support/stage.ts';

/** What a client may be told of a call whose node died under it: a JSON-RPC error that says so. */
const NODE_LOST = /-32603.*(lost|ended)|lost.*-32603|node .*(lost|gone)/i;

describe('the loss of a Pod under load, on real Pods', function () {
  this.timeout(600_000);
  const stage = stageOf('e2e-loss');

  async function remove(role: 'coordinator' | 'node', ...how: string[]): Promise<string> {
    const [pod] = await stage.hub.pods(role);
    const name = pod?.metadata.name as string;
    await stage.hub.kubectl.run(
      ['delete', 'pod', '-n', stage.hub.namespace, name, '--timeout=90s', ...how],
      '',
      100_000,
    );
    return name;
  }

  it('of a node by force ends calls in flight with a proper error, once per client at most', async () => {
    const load = await stage.work(6);
    const name = await remove('node', '--force', '--grace-period=0');
    // Right after the loss, the coordinators still take the node for an active one.
    await until(async () => {
      const nodes = await stage.hub.active(3, 'everything', 'probe');
      return nodes.every(({ id }) => id !== name);
    }, 60_000);
    const { calls } = load.outcome;
    const failed = count(load.outcome.failures);
    await calm(load, calls + 60);
    const outcome = await load.stop();
    for (const reason of Object.keys(outcome.failures)) expect(reason).to.match(NODE_LOST);
    expect(failed).to.be.at.most(6);
    expect(count(outcome.failures), 'failures after the node was replaced').to.equal(failed);
  });

  it('of a coordinator loses no call', async () => {
    const load = await stage.work(6);
    await remove('coordinator');
    await stage.hub.ready();
    await calm(load, load.outcome.calls + 60);
    const outcome = await load.stop();
    expect(outcome.failures, JSON.stringify(outcome)).to.eql({});
  });

  async function calm(load: Load, calls: number): Promise<void> {
    await until(() => load.outcome.calls >= calls, 60_000);
  }
});

function count(failures: Record<string, number>): number {
  return Object.values(failures).reduce((sum, times) => sum + times, 0);
}
