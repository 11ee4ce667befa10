import { expect } from 'chai';
import { connectV1 } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';

describe('a search over a group that one node alone knows', () => {
  let cluster: Cluster;
  before(async function () {
    this.timeout(60_000);
    const servers = { echo: script('hub-echo') };
    cluster = await startCluster({
      nodes: [
        { settings: hosting(servers) },
        { settings: hosting(servers, { groups: [{ name: 'team', servers: ['echo'] }] }) },
      ],
    });
  });
  after(async function () {
    this.timeout(30_000);
    await cluster?.stop();
  });

  it('is not sent to a node that has never heard of the group', async () => {
    for (let round = 0; round < 8; round++) {
      const client = await connectV1(`${cluster.url}/mcp/$smart/team`);
      expect((await client.listTools()).tools.map(({ name }) => name)).to.deep.equal([
        'search_tools',
        'describe_tool',
        'call_tool',
      ]);
      await client.close();
    }
  });
});
