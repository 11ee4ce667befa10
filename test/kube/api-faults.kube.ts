import { expect } from 'chai';
import { eventually, throughout } from '../support/eventually.ts';
import type { ControlPlane } from './support/control-plane.ts';
import type { FaultProxy } from './support/fault-proxy.ts';
import { type HubNamespace, hubNamespace, SMALL } from './support/hub-namespace.ts';
import { hubPlane, proxiedPlane } from './support/hub-plane.ts';
import type { OperatorProcess } from './support/operator-process.ts';

/** Everything but the lease, of which leadership.kube.ts tells. */
const NO_LEASE = /^(?!.*\/leases)/;

describe('an API server that fails', function () {
  this.timeout(120_000);
  let plane: ControlPlane;
  let proxy: FaultProxy;
  let hub: HubNamespace;
  let operator: OperatorProcess;
  let replicas = 2;

  before(async function () {
    ({ plane, proxy } = await proxiedPlane(this));
  });
  // Of its own for each: after one fault it takes its time before it asks again, up to half a minute.
  beforeEach(async () => {
    replicas = 2;
    hub = await hubNamespace(plane, proxy);
    operator = await hub.start();
    await hub.clusters.apply('demo', SMALL);
    await hub.settled();
  });
  afterEach(async function () {
    await hub?.end(this);
    await proxy.heal();
  });
  after(() => proxy?.close());

  /** Asks for another number of nodes. */
  async function change(): Promise<void> {
    replicas = (replicas % 4) + 1;
    await hub.clusters.patch('demo', { spec: { nodes: { replicas } } });
  }

  /** Whatever was before: it still runs, and carries out the next change. */
  async function converges(): Promise<void> {
    await proxy.heal();
    await change();
    await hub.settled({ nodes: replicas, within: 60_000 });
    expect(operator.child.exitCode, 'the operator runs').to.equal(null);
  }

  it('is asked again where it resets connections', async () => {
    for (let round = 0; round < 3; round += 1) {
      await change();
      proxy.door.resetAll();
      await hub.settled({ nodes: replicas, within: 60_000 });
    }
    await converges();
  });

  it('does not cost anything but time where it is silent for a while', async () => {
    await proxy.door.set('hang');
    await change();
    await throughout(5_000, () => expect(operator.child.exitCode).to.equal(null));
    await proxy.door.set('open');
    await hub.settled({ nodes: replicas, within: 30_000 });
    await converges();
  });

  it('wins a race: after a 409 it is asked anew', async () => {
    const fault = proxy.fail(
      { verb: 'patch', resource: 'deployments', times: 3 },
      { kind: 'status', status: 409, reason: 'Conflict' },
    );
    await change();
    await hub.settled({ nodes: replicas });
    expect(fault.hits).to.equal(3);
    expect(await operator.metric('controller_runtime_reconcile_errors_total{controller="mcphubcluster"}')).to.be.a(
      'number',
    );
    await converges();
  });

  for (const kind of ['status', 'error-event'] as const) {
    it(`is listed anew where a watch is too old (410 as ${kind}), once`, async () => {
      const expired = { status: 410, reason: 'Expired', message: 'too old resource version' };
      const fault = proxy.fail({ verb: 'watch', resource: 'mcphubclusters', times: 1 }, { kind, ...expired });
      proxy.log.forget();
      proxy.cut({ verb: 'watch', resource: 'mcphubclusters' });
      await eventually('it is told', () => expect(fault.hits).to.equal(1));
      await change();
      await hub.settled({ nodes: replicas });
      expect(proxy.log.count({ verb: 'list', resource: 'mcphubclusters' })).to.equal(1);
      expect(proxy.log.count({ verb: 'list', resource: 'deployments' })).to.equal(0);
      await converges();
    });
  }

  it('is given the time that it asks for with 429', async () => {
    const tooMany = { kind: 'status', status: 429, reason: 'TooManyRequests', retryAfter: 2 } as const;
    const fault = proxy.fail({ verb: 'patch', resource: 'deployments' }, tooMany);
    await change();
    await eventually('it is told', () => expect(fault.hits).to.be.greaterThan(0));
    await throughout(5_000, () => expect(fault.hits, 'attempts').to.be.lessThan(5));
    await converges();
  });

  it('is not stormed while it answers everything with 500', async () => {
    proxy.cut();
    const fault = proxy.fail({ path: NO_LEASE }, { kind: 'status', status: 500, reason: 'InternalError' });
    await change();
    await throughout(8_000, () => expect(operator.child.exitCode).to.equal(null));
    expect(fault.hits, 'attempts').to.be.lessThan(200).and.greaterThan(5);
    await converges();
  });

  it('may lose answers: what was carried out is not done twice', async () => {
    const lost = proxy.fail({ verb: 'patch', resource: 'deployments', times: 1 }, { kind: 'lose-answer' });
    await change();
    await hub.settled({ nodes: replicas });
    expect(lost.hits).to.equal(1);
    expect(await hub.names('deployments')).to.eql(['demo-coordinator', 'demo-node']);
    await converges();
  });

  it('may be slow, and cut its streams in the middle of a line', async () => {
    proxy.fail({ verb: 'watch' }, { kind: 'trickle', bytes: 300, every: 2 });
    proxy.cut();
    await change();
    await hub.settled({ nodes: replicas, within: 60_000 });
    await proxy.heal();
    const cut = proxy.fail({ verb: 'watch', times: 6 }, { kind: 'cut', bytes: 700 });
    proxy.cut();
    await change();
    await hub.settled({ nodes: replicas, within: 60_000 });
    await eventually('streams were cut', () => expect(cut.hits).to.equal(6));
    await converges();
  });

  it('is not listed anew when its streams are merely cut: they go on from where they were', async () => {
    await change();
    await hub.settled({ nodes: replicas });
    proxy.log.forget();
    expect(proxy.cut()).to.be.greaterThan(5);
    await eventually('it is watched again', () => expect(proxy.log.count({ verb: 'watch' })).to.be.greaterThan(5));
    await change();
    await hub.settled({ nodes: replicas });
    expect(proxy.log.count({ verb: 'list' }), JSON.stringify(proxy.log.summary())).to.equal(0);
    await converges();
  });
});

describe('an API server that is started again', function () {
  this.timeout(180_000);
  let plane: ControlPlane;
  let hub: HubNamespace;

  before(async function () {
    plane = await hubPlane(this);
    hub = await hubNamespace(plane);
  });
  after(function () {
    return hub?.end(this);
  });

  it('finds its operator at work: neither ended nor behind', async () => {
    const operator = await hub.start();
    await hub.clusters.apply('demo', SMALL);
    await hub.settled();
    await plane.restartApiServer();
    await hub.clusters.patch('demo', { spec: { nodes: { replicas: 3 } } });
    await hub.settled({ nodes: 3, within: 90_000 });
    expect(operator.child.exitCode).to.equal(null);
  });
});
