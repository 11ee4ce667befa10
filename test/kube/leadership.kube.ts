import { expect } from 'chai';
import type { ControlPlane } from './support/control-plane.ts';
import type { FaultProxy } from './support/fault-proxy.ts';
import { type HubNamespace, hubNamespace, SMALL } from './support/hub-namespace.ts';
import { proxiedPlane } from './support/hub-plane.ts';

/** Milliseconds: a lease of 15 s, a try every 2.4 s, and a busy machine. */
const TAKE_OVER = 25_000;

describe('two operators', function () {
  this.timeout(120_000);
  let plane: ControlPlane;
  let proxy: FaultProxy;
  let hub: HubNamespace;

  before(async function () {
    ({ plane, proxy } = await proxiedPlane(this));
  });
  beforeEach(async () => {
    hub = await hubNamespace(plane, proxy);
  });
  afterEach(async function () {
    await hub?.end(this);
    await proxy.heal();
  });
  after(() => proxy?.close());

  it('take turns when the first is killed: the second waits for the lease, and no longer', async () => {
    const first = hub.launch({}, plane.kubeconfig);
    await first.ready();
    const second = hub.launch();
    await second.message('Waiting for leadership', 0);
    expect(await second.metric('leader_election_master_status{name="mcphub-operator"}')).to.equal(0);
    await hub.clusters.apply('demo', SMALL);
    await hub.settled();
    expect(proxy.log.writes(['leases']), 'the one that waits writes nothing').to.equal(0);
    const killed = performance.now();
    await first.kill('SIGKILL');
    await second.ready(TAKE_OVER);
    expect(performance.now() - killed).to.be.greaterThan(10_000);
    expect(await second.metric('leader_election_master_status{name="mcphub-operator"}')).to.equal(1);
    await hub.clusters.patch('demo', { spec: { nodes: { replicas: 3 } } });
    await hub.settled({ nodes: 3 });
  });

  it('never lead both: one that cannot renew its lease has ended before another takes it', async () => {
    const first = await hub.start();
    const second = hub.launch({}, plane.kubeconfig);
    await second.message('Waiting for leadership', 0);
    await proxy.door.set('hang');
    const { code } = await Promise.race([
      first.exited,
      second.ready(TAKE_OVER).then(() => {
        throw new Error('the second leads while the first still runs');
      }),
    ]);
    expect(code).to.equal(1);
    expect(first.log.some((line) => line.code === 'MCPHUB_OPERATOR_LEASE_LOST')).to.equal(true);
    await second.ready(TAKE_OVER);
  });

  it('hand over at once when the first is stopped', async () => {
    const first = await hub.start();
    const second = hub.launch({}, plane.kubeconfig);
    await second.message('Waiting for leadership', 0);
    expect(await first.kill('SIGTERM')).to.deep.include({ code: 0 });
    await second.ready(8_000);
    const { spec } = await hub.get('leases', 'mcphub-operator');
    expect(spec.leaseTransitions).to.be.greaterThan(0);
  });
});
