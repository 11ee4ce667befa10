import { expect } from 'chai';
import { until } from '../support/until.ts';
import { Hub } from './support/hub.ts';
import { Load } from './support/load.ts';
import { needsPods } from './support/requirements.ts';
import { clusterWithOperator } from './support/shared.ts';

/** What a client may be told of a call whose node died under it: a JSON-RPC error that says so. */
const NODE_LOST = /-32603.*(lost|ended)|lost.*-32603|node .*(lost|gone)/i;

describe('the loss of a Pod under load, on real Pods', function () {
  this.timeout(600_000);
  let hub: Hub;
  let load: Load | undefined;

  before(async function () {
    needsPods(this);
    const { kubectl } = await clusterWithOperator();
    hub = await Hub.create(kubectl, 'e2e-loss');
  });

  afterEach(async () => {
    await load?.stop();
    load = undefined;
  });

  after(() => hub?.delete());

  async function remove(role: 'coordinator' | 'node', ...how: string[]): Promise<string> {
    const [pod] = await hub.pods(role);
    const name = pod?.metadata.name as string;
    await hub.kubectl.run(['delete', 'pod', '-n', hub.namespace, name, '--timeout=90s', ...how], '', 100_000);
    return name;
  }

  it('of a node by force ends calls in flight with a proper error, once per client at most', async () => {
    load = await Load.start(hub.url, 6);
    const name = await remove('node', '--force', '--grace-period=0');
    const nodes = await hub.active(3, 'everything', 'probe');
    const { calls } = load.outcome;
    const failed = count(load.outcome.failures);
    expect(nodes.map(({ id }) => id)).not.to.include(name);
    await calm(load, calls + 60);
    const outcome = await load.stop();
    for (const reason of Object.keys(outcome.failures)) expect(reason).to.match(NODE_LOST);
    expect(failed).to.be.at.most(6);
    expect(count(outcome.failures), 'failures after the node was replaced').to.equal(failed);
  });

  it('of a coordinator loses no call', async () => {
    load = await Load.start(hub.url, 6);
    await remove('coordinator');
    await hub.ready();
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
