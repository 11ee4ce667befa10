import { expect } from 'chai';
import { closeSockets, connectV1, connectV2, RawSession, textOf } from '../support/clients.ts';
import type { Cluster } from '../support/cluster.ts';
import { canMakeNetworks, NETWORKS, Network } from '../support/namespaces.ts';
import { needs } from '../support/needs.ts';
import { retransmitted, WEATHER, weatherOf, worsen } from '../support/weather.ts';
import { isUsed, on, startOn, stopAll } from './members.ts';

const HOSTS = ['coordinator', 'node-1', 'node-2'];

describe('links that delay and lose packets', function () {
  this.timeout(45_000);
  let network: Network;
  let clusters: Cluster[] = [];
  let cluster: Cluster;

  before(async function () {
    needs(this, canMakeNetworks(), NETWORKS);
    network = new Network(HOSTS);
    const weather = weatherOf(network);
    needs(this, weather !== undefined, WEATHER);
    if (weather === 'narrow')
      process.stdout.write('  NOTICE: no netem here: links are narrow and lose packets instead\n');
    clusters = await startOn(network, ['coordinator'], 2);
    cluster = clusters[0] as Cluster;
    for (const { id } of cluster.nodes) worsen(network, id, weather ?? 'netem');
  });
  after(async () => {
    await closeSockets();
    await stopAll(clusters);
    await network?.close();
  });

  const sent = () => HOSTS.reduce((sum, name) => sum + retransmitted(network, name), 0);

  it('fail no call, and run none twice', async () => {
    const url = `${cluster.url}/mcp/own`;
    const before = sent();
    const call = { name: 'count', arguments: {} };
    const nodes = cluster.nodes.map(({ id }) => id);
    /** Calls one after the other, so that an answer that is lost, or a call that runs twice, shows. */
    const use = async (node: string, count: () => Promise<string>) => {
      for (let i = 1; i <= 12; i++) expect(await count()).to.equal(`${node} ${i}`);
    };
    await Promise.all(
      nodes.flatMap((node) => [
        RawSession.open(url, on(node)).then((session) => use(node, () => session.call('count'))),
        connectV1(url, { headers: on(node) }).then(async (client) => {
          await use(node, async () => textOf(await client.callTool(call)));
          await client.close();
        }),
        connectV1(`${cluster.url}/sse/own`, { headers: on(node) }).then(async (client) => {
          await use(node, async () => textOf(await client.callTool(call)));
          await client.close();
        }),
      ]),
    );
    const v2 = await connectV2(url);
    const { node } = /^(?<node>\S+) 1$/.exec(textOf(await v2.callTool(call)))?.groups ?? {};
    for (let i = 2; i <= 6; i++) expect(textOf(await v2.callTool(call))).to.equal(`${node} ${i}`);
    await v2.close();
    const session = await RawSession.open(`${cluster.url}/mcp/tools`, on('node-1'));
    const text = await session.call('big', { bytes: 100_000 });
    expect(text).to.have.length(100_000);
    expect(sent() - before).to.be.greaterThan(0);
    for (const id of nodes) expect(isUsed(id)(await cluster.api('/nodes'))).to.equal(true);
    expect(cluster.coordinator.process.log.filter(({ msg }) => msg === 'Node cannot be reached')).to.eql([]);
  });
});
