import { expect } from 'chai';
import { RawSession } from '../support/clients.ts';
import { type Cluster, hosting, startCluster } from '../support/cluster.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

describe('a slow server of another node', () => {
  let cluster: Cluster;
  before(async function () {
    this.timeout(60_000);
    const hung = { command: 'sleep', args: ['100000'] };
    const second = hosting({ good2: echoServer(), mute: echoServer(['no-list']), hung });
    cluster = await startCluster({
      nodes: [{ settings: hosting({ good1: echoServer() }) }, { settings: second, down: ['hung'] }],
    });
  });
  after(async function () {
    this.timeout(30_000);
    await cluster?.stop();
  });

  it('is waited for once, by clients of either node', async function () {
    this.timeout(60_000);
    const isWhole = async () => {
      const text = (await (await RawSession.open(`${cluster.url}/mcp`)).request('tools/list')).text;
      return text.includes('"good1-echo"') && text.includes('"good2-echo"');
    };
    await until(isWhole, 40_000);
    const began = performance.now();
    for (let client = 0; client < 8; client++) expect(await isWhole()).to.equal(true);
    // Before, each client of one node or the other waited five seconds.
    expect(performance.now() - began).to.be.below(4_500);
  });
});
