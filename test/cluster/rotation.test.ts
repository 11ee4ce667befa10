import { expect } from 'chai';
import { closeSockets, RawSession } from '../support/clients.ts';
import { type Cluster, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

/** Nothing of the cluster's in the environment, so that the files count. */
const NOTHING = { MCPHUB_CLUSTER_TOKEN: '', MCPHUB_CLUSTER_SECRET: '' };

describe('rotating a token or a secret', function () {
  this.timeout(40_000);
  let cluster: Cluster;

  const shared = (list: string[], secrets: string[]) => ({
    systemConfig: { cluster: { token: list, secret: secrets, node: { heartbeatInterval: 100 } } },
  });
  const node = (list: string[], secrets: string[]) => ({
    mcpServers: { tools: script('cluster-tools') },
    ...shared(list, secrets),
  });

  beforeEach(async () => {
    cluster = await startCluster({
      nodes: [1, 2].map(() => ({ settings: node(['t1'], ['s1']), env: NOTHING })),
      coordinator: { settings: shared(['t1'], ['s1']), env: NOTHING },
    });
  });
  afterEach(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  /** Gives all members other lists, one after the other, as a deployment does. */
  async function roll(tokens: string[], secrets: string[]): Promise<void> {
    await cluster.coordinator.change(shared(tokens, secrets));
    for (const member of cluster.nodes) await member.change(node(tokens, secrets));
  }

  it('interrupts nobody: no call fails, no node is lost, in three steps', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/tools`);
    const home = await session.call('whoami');
    let calls = 0;
    let running = true;
    const calling = (async () => {
      for (; running; calls++) {
        expect(await session.call('whoami')).to.equal(home);
        if (calls % 5 === 0)
          expect(await (await RawSession.open(`${cluster.url}/mcp/tools`)).call('echo', { message: 'm' })).to.equal(
            'm',
          );
      }
    })();
    for (const [tokens, secrets] of [
      [
        ['t1', 't2'],
        ['s1', 's2'],
      ],
      [
        ['t2', 't1'],
        ['s2', 's1'],
      ],
      [['t2'], ['s2', 's1']],
    ] as const) {
      await roll([...tokens], [...secrets]);
      const before = calls;
      await until(() => calls > before + 10);
    }
    running = false;
    await calling;
    const lost = /Marking node|Failed to (send|register)|cannot be reached/;
    const members = [cluster.coordinator, ...cluster.nodes];
    expect(members.flatMap(({ process }) => process.log).filter(({ msg }) => lost.test(msg ?? ''))).to.eql([]);
  });

  it('ends what only the removed secret signed, and nothing else', async () => {
    const older = await RawSession.open(`${cluster.url}/mcp/tools`);
    await roll(['t1'], ['s2', 's1']);
    const newer = await RawSession.open(`${cluster.url}/mcp/tools`);
    expect((await older.request('ping')).status).to.equal(200);
    await roll(['t1'], ['s2']);
    expect((await older.request('ping')).status).to.equal(404);
    expect((await newer.request('ping')).status).to.equal(200);
  });

  it('does not lock a node out that is a step behind: it tries its other tokens', async () => {
    await cluster.node('node-1').change(node(['t2', 't1'], ['s1']));
    const { process } = cluster.node('node-1');
    const from = process.log.length;
    await cluster.coordinator.restart();
    await process.message('Successfully registered with coordinator', from);
    await cluster.hosts('node-1', ['tools']);
  });
});
