import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectV1, connectV2, textOf } from '../support/clients.ts';
import { until } from '../support/until.ts';
import type { Cluster } from './support/cluster.ts';
import { REGISTRY, TAG } from './support/images.ts';
import { sharedCluster } from './support/one-cluster.ts';
import { needsPods } from './support/requirements.ts';

const MANIFESTS = new URL('../../examples/kubernetes-manual', import.meta.url).pathname;
const NAMESPACE = 'mcphub';

/** Ties the requests of a client without a session together, since a server of the group keeps state for each client. */
const STATE = { 'x-mcphub-state-id': 'by-hand' };

describe('examples/kubernetes-manual, on real Pods', function () {
  this.timeout(600_000);
  let cluster: Cluster;

  before(async function () {
    needsPods(this);
    cluster = await sharedCluster();
  });

  after(() => cluster?.kubectl.run(['delete', 'namespace', NAMESPACE, '--wait=false']));

  it('forms a cluster without an operator, from its files as they are but for the images', async () => {
    const { kubectl } = cluster;
    const files = readdirSync(MANIFESTS).filter((file) => file.endsWith('.yaml'));
    const text = files.map((file) => readFileSync(join(MANIFESTS, file), 'utf8')).join('\n---\n');
    const namespace = readFileSync(join(MANIFESTS, 'namespace.yaml'), 'utf8');
    await kubectl.apply(namespace);
    await kubectl.apply(text.replaceAll(/image: (mcphub-\w+):\S+/g, `image: ${REGISTRY}/$1:${TAG}`));
    for (const deployment of ['mcphub-coordinator', 'mcphub-node']) {
      const status = ['rollout', 'status', '-n', NAMESPACE, `deployment/${deployment}`, '--timeout=170s'];
      await kubectl.run(status, '', 180_000);
    }
    const { spec } = await kubectl.get('-n', NAMESPACE, 'service', 'mcphub');
    const url = `http://${spec.clusterIP}`;
    await until(async () => {
      const reply = await fetch(`${url}/api/cluster/servers/everything/replicas`);
      return ((await reply.json()) as { data?: unknown[] }).data?.length === 2;
    }, 60_000);
    for (const client of [
      await connectV1(`${url}/mcp`),
      await connectV2(`${url}/mcp/work`, 'modern', { headers: STATE }),
    ]) {
      const result = await client.callTool({ name: 'everything-echo', arguments: { message: 'by hand' } });
      expect(textOf(result)).to.contain('by hand');
      await client.close();
    }
  });
});
