import { expect } from 'chai';
import { until } from '../support/until.ts';
import { eventually } from './support/hub.ts';
import type { KubeObject } from './support/kubectl.ts';
import type { Load } from './support/load.ts';
import { sharedCluster } from './support/one-cluster.ts';
import { stageOf } from './support/stage.ts';

/** What a client may be told of a call whose node died under it: a JSON-RPC error that says so. */
const NODE_LOST = /-32603.*(lost|ended)|lost.*-32603|node .*(lost|gone)/i;
/** What it sees of a call whose coordinator died under it: the end of the connection. */
const CONNECTION_LOST = /: (other side closed|read ECONNRESET|write EPIPE)$/;
/** Milliseconds. */
const MOMENT = 1_000;
const FORCE = ['--force', '--grace-period=0'];

describe('the loss of a Pod under load, on real Pods', function () {
  this.timeout(600_000);
  const stage = stageOf('e2e-loss');

  async function remove(role: 'coordinator' | 'node', ...how: string[]): Promise<KubeObject> {
    const [pod] = await stage.hub.pods(role);
    const command = ['delete', 'pod', '-n', stage.hub.namespace, pod?.metadata.name, '--timeout=90s', ...how];
    await stage.hub.kubectl.run(command, '', 100_000);
    return pod;
  }

  it('of a node by force ends calls in flight with a proper error, and none after that moment', async () => {
    const load = await stage.work(6);
    const pod = await remove('node', ...FORCE);
    await kill(pod);
    await eventually('both coordinators have noticed', async () => {
      const known = await stage.hub.activeEverywhere();
      expect(known).to.have.length(2);
      for (const ids of known) expect(ids).not.to.include(pod.metadata.name);
    });
    await stage.hub.active(3, 'everything', 'probe');
    await losesNothingMore(load, NODE_LOST);
  });

  it('of a coordinator loses no call', async () => {
    const load = await stage.work(6);
    await remove('coordinator');
    await bothTakeConnections();
    await calm(load);
    const outcome = await load.stop();
    expect(outcome.failures, JSON.stringify(outcome)).to.eql({});
  });

  it('of a coordinator by force ends calls in flight, and none after that moment: the next calls are carried by another', async () => {
    const load = await stage.work(6);
    const pod = await remove('coordinator', ...FORCE);
    await eventually('the Service leads elsewhere', async () => {
      expect(await endpoints()).not.to.include(pod.status.podIP);
    });
    await kill(pod);
    await bothTakeConnections();
    await losesNothingMore(load, CONNECTION_LOST);
  });

  function bothTakeConnections(): Promise<void> {
    return eventually('both coordinators take connections', async () => {
      expect(await endpoints()).to.have.length(2);
    });
  }

  /** Addresses of the coordinators that take connections through the Service. */
  async function endpoints(): Promise<string[]> {
    const service = `kubernetes.io/service-name=${stage.hub.name}`;
    const slices = await stage.hub.kubectl.list('-n', stage.hub.namespace, 'endpointslices', '-l', service);
    const all: KubeObject[] = slices.flatMap((slice) => slice.endpoints ?? []);
    return all.filter(({ conditions }) => conditions.ready).flatMap(({ addresses }) => addresses);
  }

  /**
   * Calls were lost in one moment only, and none is from now on. A process that is killed on a busy machine takes some time to die,
   * and its connections do not end all at once: a client may lose a call on one, and the next one on another.
   */
  async function losesNothingMore(load: Load, reason: RegExp): Promise<void> {
    const failed = count(load.outcome.failures);
    await calm(load);
    const outcome = await load.stop();
    for (const told of Object.keys(outcome.failures)) expect(told).to.match(reason);
    expect(outcome.failing, JSON.stringify(outcome)).to.be.at.most(MOMENT);
    expect(count(outcome.failures), 'failures after it was replaced').to.equal(failed);
  }

  async function calm(load: Load): Promise<void> {
    const calls = load.outcome.calls + 60;
    await until(() => load.outcome.calls >= calls, 60_000);
  }
});

/** Ends the process of a Pod. A deletion by force alone gives it the time to drain; Kubernetes only does not wait. */
async function kill({ status }: KubeObject): Promise<void> {
  const id = status.containerStatuses[0].containerID.replace('containerd://', '');
  const cluster = await sharedCluster();
  cluster.inside('ctr', '--namespace', 'k8s.io', 'tasks', 'kill', '--signal', 'SIGKILL', id);
}

function count(failures: Record<string, number>): number {
  return Object.values(failures).reduce((sum, times) => sum + times, 0);
}
