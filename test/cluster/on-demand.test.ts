import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RawSession } from '../support/clients.ts';
import { type Cluster, hosting, startCluster } from '../support/cluster.ts';
import { echoServer } from '../support/servers/hub.ts';

describe('servers that start on demand', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcphub-demand-'));
  const lazy = (name: string) => echoServer([`starts=${join(folder, name)}`], { startOnDemand: true });
  /** Which have been started, and for the one that both nodes have, on which node. */
  const started = () => readdirSync(folder).sort();
  let cluster: Cluster;
  /** Resolves when each node has told its servers, and heard of those of the other, once more. */
  const told = async () => {
    const now = Date.now();
    await cluster.until('a heartbeat of each node', (nodes) =>
      nodes.filter(({ id }) => id !== 'coordinator').every(({ lastHeartbeat }) => lastHeartbeat > now),
    );
  };
  before(async function () {
    this.timeout(60_000);
    cluster = await startCluster({
      nodes: ['1', '2'].map((n) => ({
        settings: hosting({ [`good${n}`]: echoServer(), [`lazy${n}`]: lazy(`lazy${n}`), both: lazy(`both on ${n}`) }),
      })),
    });
  });
  after(async function () {
    this.timeout(30_000);
    await cluster?.stop();
    rmSync(folder, { recursive: true });
  });

  it('are not started because another node is there, but by a request of a client, where that goes', async function () {
    this.timeout(30_000);
    const session = await RawSession.open(`${cluster.url}/mcp`);
    // Once each reaches the other, they know of all servers.
    for (const server of ['good1', 'good2']) {
      let answer = '';
      while (answer !== 'x') answer = await session.call(`${server}-echo`, { message: 'x' }).catch(() => '');
    }
    await told();
    expect(started()).to.deep.equal([]);
    for (const server of ['lazy1', 'lazy2', 'both']) {
      expect(await session.call(`${server}-echo`, { message: server })).to.equal(server);
    }
    await told();
    expect(started()).to.have.length(3).and.include.members(['lazy1', 'lazy2']);
  });
});
