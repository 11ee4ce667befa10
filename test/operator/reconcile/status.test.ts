import { expect } from 'chai';
import type { McpHubCluster, McpHubClusterStatus } from '../../../operator/api/types.ts';
import type { KubeObject } from '../../../operator/kube/contract.ts';
import { createStatusWriter } from '../../../operator/reconcile/status.ts';
import type { World } from '../../../operator/reconcile/world.ts';

function statusOf(reason: string): McpHubClusterStatus {
  const condition = { type: 'Verified', status: 'False', reason, message: reason, lastTransitionTime: '' } as const;
  return { conditions: [condition] };
}

describe('the writer of statuses', () => {
  it('tells of nothing twice when the store shows its writes late, one after the other', async () => {
    let version = 1;
    const events: string[] = [];
    const client = {
      applyStatus: async (_resource: unknown, object: KubeObject) => {
        version += 1;
        return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
      },
    };
    const world = {
      client,
      events: { emit: (_about: unknown, { reason }: { reason: string }) => events.push(reason) },
      clock: { monotonic: () => 0 },
    } as unknown as World;
    const writer = createStatusWriter(world);
    const stored = (resourceVersion: string, status: McpHubClusterStatus): McpHubCluster => ({
      apiVersion: 'mcphub.io/v1alpha1',
      kind: 'McpHubCluster',
      metadata: { name: 'demo', resourceVersion },
      spec: {},
      status,
    });
    const pass = (live: McpHubCluster, status: McpHubClusterStatus) => {
      const cluster = writer.current('demo', live);
      return writer.write({ key: 'demo', namespace: '', name: 'demo', uid: 'demo', cluster }, status);
    };
    await pass(stored('1', {}), statusOf('HandshakeFailed'));
    await pass(stored('1', {}), statusOf('NotReachable'));
    await pass(stored('2', statusOf('HandshakeFailed')), statusOf('NotReachable'));
    expect(events).to.eql(['HandshakeFailed', 'NotReachable']);
    expect(version, 'two writes').to.equal(3);
    await pass(stored('3', statusOf('NotReachable')), statusOf('HandshakeFailed'));
    expect(version, 'what is new is written').to.equal(4);
  });
});
