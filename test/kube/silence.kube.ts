import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { eventually, throughout } from '../support/eventually.ts';
import type { ControlPlane } from './support/control-plane.ts';
import type { FaultProxy } from './support/fault-proxy.ts';
import { type HubNamespace, hubNamespace, SMALL } from './support/hub-namespace.ts';
import { proxiedPlane } from './support/hub-plane.ts';
import type { OperatorProcess } from './support/operator-process.ts';

const NAMES = ['one', 'two', 'three'];
/** As the chart sets them: images do not follow the version of the operator by themselves. */
const IMAGES = { RELATED_IMAGE_COORDINATOR: 'mcphub-coordinator:1', RELATED_IMAGE_NODE: 'mcphub-node:1' };
const NEXT_VERSION = pathToFileURL(`${import.meta.dirname}/support/next-version.ts`).href;

describe('an operator with nothing to do', function () {
  this.timeout(120_000);
  let plane: ControlPlane;
  let proxy: FaultProxy;
  let hub: HubNamespace;
  let operator: OperatorProcess;

  before(async function () {
    ({ plane, proxy } = await proxiedPlane(this));
    hub = await hubNamespace(plane, proxy);
    operator = await hub.start(IMAGES);
    const pools = { nodePools: [{ name: 'gpu', replicas: 1 }], networkPolicy: { enabled: true } };
    for (const name of NAMES) await hub.clusters.apply(name, { ...SMALL, ...pools });
    for (const name of NAMES) {
      await hub.settled({ name, nodes: 3 });
      await hub.clusters.condition(name, 'Verified', 'False', { reason: 'NotReachable' });
    }
  });
  after(async function () {
    await hub?.end(this);
    await proxy?.close();
  });

  function expectNoWrites(): void {
    expect(proxy.log.writes(['leases']), JSON.stringify(proxy.log.summary())).to.equal(0);
  }

  /** What a restart must not change. */
  async function state(): Promise<unknown> {
    const objects = [
      ...(await hub.list('deployments')),
      ...(await hub.list('secrets')),
      ...(await hub.list('configmaps')),
      ...(await hub.list('mcphubclusters')),
    ];
    const pods = (await Promise.all(NAMES.map((name) => hub.pods(name)))).flat();
    return [
      objects.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`),
      pods.map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`),
    ];
  }

  async function restart(env: Record<string, string>): Promise<void> {
    const before = await state();
    await operator.kill('SIGTERM');
    proxy.log.forget();
    operator = await hub.start({ ...IMAGES, ...env });
    for (const name of NAMES) {
      await operator.line(({ msg, key }) => msg === 'reconciled' && key === `${hub.name}/${name}`);
    }
    // What it learns of the hubs comes after its first pass.
    await throughout(5_000, expectNoWrites);
    expect(await state()).to.eql(before);
  }

  it('writes nothing for 30 s, and reads next to nothing', async () => {
    proxy.log.forget();
    await throughout(30_000, expectNoWrites);
    const reads = proxy.log.count({ verb: 'list' }) + proxy.log.count({ verb: 'get' });
    const leases = proxy.log.count({ verb: 'get', resource: 'leases' });
    expect(reads - leases, JSON.stringify(proxy.log.summary())).to.be.lessThan(10);
  });

  it('writes nothing when it is started again', () => restart({}));

  it('writes nothing, and so restarts no Pod, when its next version comes', async () => {
    await restart({ NODE_OPTIONS: `--import=${NEXT_VERSION}` });
    const { version } = await operator.message('Operator starts', 0);
    expect(version).to.equal('99.0.0');
  });

  it('does with four connections or fewer', async () => {
    await eventually('connections are few', () => expect(proxy.door.connections).to.be.within(1, 4));
  });
});
