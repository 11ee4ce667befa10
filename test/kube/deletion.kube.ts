import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.ts';
import {
  type HubNamespace,
  hubNamespace,
  type Place,
  SMALL,
  untilGarbageIsCollected,
} from './support/hub-namespace.ts';
import { hubPlane } from './support/hub-plane.ts';

const KINDS: readonly Place[] = ['deployments', 'replicasets', 'pods', 'services', 'secrets', 'poddisruptionbudgets'];

describe('the deletion of a cluster', function () {
  this.timeout(120_000);
  let plane: ControlPlane;
  let proxy: FaultProxy;
  let hub: HubNamespace;

  before(async function () {
    plane = await hubPlane(this);
    await untilGarbageIsCollected(plane);
    proxy = await startFaultProxy(plane);
  });
  beforeEach(async () => {
    hub = await hubNamespace(plane, proxy);
  });
  afterEach(function () {
    return hub?.end(this);
  });
  after(() => proxy?.close());

  function nothingIsLeft(): Promise<void> {
    return eventually(
      'nothing is left',
      async () => {
        for (const kind of KINDS) expect(await hub.names(kind), kind).to.eql([]);
        expect(await hub.names('configmaps')).to.eql(['kube-root-ca.crt']);
        expect(await hub.names('serviceaccounts')).to.eql(['default']);
      },
      40_000,
    );
  }

  it('needs no operator: nothing has a finalizer, and garbage collection takes it all', async () => {
    const operator = await hub.start();
    await hub.clusters.apply('demo', SMALL);
    const { metadata } = await hub.settled();
    expect(metadata).not.to.have.property('finalizers');
    for (const kind of ['deployments', 'services', 'secrets', 'configmaps'] as const) {
      for (const object of await hub.list(kind)) expect(object.metadata, kind).not.to.have.property('finalizers');
    }
    await operator.kill('SIGKILL');
    await hub.clusters.delete('demo');
    await hub.clusters.gone('demo');
    await nothingIsLeft();
  });

  it('in the foreground ends too: the operator does not make again what goes', async () => {
    await hub.start();
    await hub.clusters.apply('demo', SMALL);
    await hub.settled();
    await hub.clusters.delete('demo', 'Foreground');
    await hub.clusters.gone('demo', 40_000);
    await nothingIsLeft();
  });

  it('with its namespace ends as well, without a storm of attempts to make things in it', async () => {
    await hub.start();
    await hub.clusters.apply('demo', SMALL);
    await hub.settled();
    proxy.log.forget();
    await plane.api.ok('DELETE', `/api/v1/namespaces/${hub.name}`);
    await eventually(
      'the namespace is gone',
      async () => expect((await plane.api.call('GET', `/api/v1/namespaces/${hub.name}`)).status).to.equal(404),
      60_000,
    );
    expect(proxy.log.writes(['leases']), JSON.stringify(proxy.log.summary())).to.be.lessThan(60);
  });
});
