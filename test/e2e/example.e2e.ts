import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { connectV1, connectV2, textOf } from '../support/clients.ts';
import type { Cluster } from './support/cluster.ts';
import { Hub } from './support/hub.ts';
import { clusterWithOperator } from './support/one-cluster.ts';
import { needsPods } from './support/requirements.ts';

/** As the manual shows it. */
const EXAMPLE = readFileSync(new URL('../../examples/kubernetes/minimal.yaml', import.meta.url), 'utf8');

describe('the example of the manual, on real Pods', function () {
  this.timeout(600_000);
  let cluster: Cluster;
  let hub: Hub;

  before(async function () {
    needsPods(this);
    cluster = await clusterWithOperator();
    hub = new Hub(cluster.kubectl, 'e2e-example', 'demo');
    await hub.apply(EXAMPLE);
  });

  after(() => hub?.delete());

  it('becomes ready, and says what is there', async () => {
    await hub.ready();
    const { status } = await hub.object();
    expect(status.summary).to.eql({ nodes: '3/3', servers: '1/1' });
    expect(status.url).to.equal(`http://${hub.address}/mcp`);
    const line = await cluster.kubectl.run(['get', '-n', hub.namespace, 'mhc', 'demo', '--no-headers']);
    expect(line).to.contain('3/3').and.contain('1/1').and.contain(hub.url);
  });

  it('serves clients of the SDK through the Service, with and without sessions', async () => {
    for (const client of [await connectV1(hub.url), await connectV2(hub.url, 'modern')]) {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }: { name: string }) => name)).to.include('everything-echo');
      const result = await client.callTool({ name: 'everything-echo', arguments: { message: 'through a Service' } });
      expect(textOf(result)).to.contain('through a Service');
      await client.close();
    }
  });

  it('runs no Pod that the restricted profile refuses, as root, or with a token of the API server', async () => {
    const pods = [...(await hub.pods('coordinator')), ...(await hub.pods('node'))];
    expect(pods).to.have.length(5);
    for (const { metadata } of pods) {
      const script = 'id -u; ls /var/run/secrets/kubernetes.io 2>/dev/null; touch /app/x 2>/dev/null && echo writable';
      const shell = ['exec', '-n', hub.namespace, metadata.name, '--', 'sh', '-c', `${script}; true`];
      expect(await cluster.kubectl.run(shell), metadata.name).to.equal('1000\n');
    }
    const events = await cluster.kubectl.list('-n', hub.namespace, 'events');
    expect(events.filter(({ reason }) => reason === 'FailedCreate')).to.eql([]);
  });

  it('needs no restart on the way', async () => {
    for (const { metadata, status } of [...(await hub.pods('coordinator')), ...(await hub.pods('node'))]) {
      const restarts = status.containerStatuses.map(({ restartCount }: { restartCount: number }) => restartCount);
      expect(restarts, metadata.name).to.eql([0]);
    }
  });
});
