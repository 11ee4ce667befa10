import { expect } from 'chai';
import type { NodeMetadata } from '../../cluster/payload.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

const naming = (revision: string) => ({ systemConfig: { cluster: { enabled: true, revision } } });
const SERVERS = { tools: script('cluster-tools') };

describe('who writes settings for a cluster', function () {
  this.timeout(30_000);
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster({
      coordinator: { settings: hosting({}, naming('c1')) },
      nodes: [{ settings: hosting(SERVERS, naming('n1')) }],
    });
  });
  after(() => cluster?.stop());

  const coordinatorRevision = async () => (await cluster.api<{ revision?: string }>('/status')).revision;
  const metadata = async () => (await cluster.api<{ metadata: NodeMetadata }[]>('/nodes'))[0]?.metadata;

  it('does not have to guess which settings are in force: members name them, and the next ones at once', async () => {
    expect(await coordinatorRevision()).to.equal('c1');
    expect((await metadata())?.revision).to.equal('n1');
    await cluster.coordinator.change(hosting({}, naming('c2')));
    expect(await coordinatorRevision()).to.equal('c2');
    await cluster.node('node-1').change(hosting(SERVERS, naming('n2')));
    // Sooner than the next heartbeat, which is due after 5 s.
    await until(async () => (await metadata())?.revision === 'n2', 2_000);
  });

  it('sees what each server is: revision of MCP, version and number of tools', async () => {
    await until(async () => (await metadata())?.serverStatus?.tools?.tools !== undefined);
    const report = (await metadata())?.serverStatus?.tools;
    expect(report).to.include({ status: 'connected', protocol: '2025-06-18' });
    expect(report?.version).to.match(/^\d/);
    expect(report?.tools).to.be.above(3);
  });
});
