import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { Clusters } from './support/clusters.ts';
import type { ControlPlane } from './support/control-plane.ts';
import type { FaultProxy } from './support/fault-proxy.ts';
import { proxiedPlane } from './support/hub-plane.ts';
import { type OperatorProcess, startOperator } from './support/operator-process.ts';

describe('an operator process', function () {
  this.timeout(60_000);
  let plane: ControlPlane;
  let proxy: FaultProxy;
  let operator: OperatorProcess | undefined;

  before(async function () {
    ({ plane, proxy } = await proxiedPlane(this));
  });

  after(() => proxy?.close());

  afterEach(async function () {
    operator?.showOnFailure(this);
    await operator?.kill('SIGKILL');
    operator = undefined;
    await proxy.heal();
  });

  it('brings Pods to Ready through the proxy, which sees what it writes', async () => {
    const namespace = await plane.namespace();
    proxy.log.forget();
    operator = await startOperator({ kubeconfig: proxy.kubeconfig(), namespace });
    const clusters = new Clusters(plane, namespace);
    await clusters.apply('demo', { coordinator: { replicas: 1 }, nodes: { replicas: 2 } });
    await clusters.condition('demo', 'ConfigValid', 'True', { reason: 'Valid' });
    await eventually('three Pods are Ready', async () => {
      const { items } = await plane.api.ok('GET', `/api/v1/namespaces/${namespace}/pods`);
      const ready = (items as { status: { conditions?: { type: string; status: string }[] } }[]).filter((pod) =>
        pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
      );
      expect(ready).to.have.length(3);
    });
    expect(proxy.log.count({ verb: 'patch', resource: 'deployments' })).to.be.greaterThan(1);
  });

  it('says with its log that it does not become ready, instead of a mere timeout', async () => {
    const options = { kubeconfig: '/none/at/all', namespace: await plane.namespace() };
    let message = '';
    await startOperator(options).catch((error: Error) => {
      message = error.message;
    });
    expect(message)
      .to.match(/the process ended/)
      .and.match(/\/none\/at\/all/);
  });
});
