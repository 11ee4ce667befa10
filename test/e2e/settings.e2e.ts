import { expect } from 'chai';
import { connectV1, textOf } from '../support/clients.ts';
import { EVERYTHING, eventually, Hub, PROBE } from './support/hub.ts';
import { clusterWithOperator } from './support/one-cluster.ts';
import { needsPods } from './support/requirements.ts';

/** Milliseconds in which a change of the settings is to have reached every node. */
const PROMPT = 5_000;

describe('a change of servers, on real Pods', function () {
  this.timeout(600_000);
  let hub: Hub;

  before(async function () {
    needsPods(this);
    const { kubectl } = await clusterWithOperator();
    hub = await Hub.create(kubectl, 'e2e-settings', { mcpServers: { everything: EVERYTHING } });
  });

  after(() => hub?.delete());

  /** Uids of all Pods, with their restarts. */
  async function lives(): Promise<string[]> {
    const pods = [...(await hub.pods('coordinator')), ...(await hub.pods('node'))];
    return pods.map(({ metadata, status }) => `${metadata.uid} ${status.containerStatuses[0].restartCount}`).sort();
  }

  it('reaches all nodes within 5 s, without a restart and without the loss of a session', async () => {
    const client = await connectV1(hub.url);
    const before = await lives();
    const began = performance.now();
    await hub.patch({ mcpServers: { probe: PROBE } });
    await hub.active(3, 'everything', 'probe');
    const took = performance.now() - began;
    const { host } = JSON.parse(textOf(await client.callTool({ name: 'probe-where', arguments: {} })));
    expect((await hub.pods('node')).map(({ metadata }) => metadata.name)).to.include(host);
    await client.close();
    expect(await lives()).to.eql(before);
    expect(took).to.be.below(PROMPT);
  });

  it('takes a server away as well', async () => {
    await hub.patch({ mcpServers: { probe: null } });
    await eventually('no node has it', async () => {
      const nodes = await hub.nodes();
      if (nodes.some(({ servers }) => servers.includes('probe'))) throw new Error(JSON.stringify(nodes));
    });
  });
});
