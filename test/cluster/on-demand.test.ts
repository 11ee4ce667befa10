import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
    await sleep(1_000);
    expect(started()).to.deep.equal([]);
    for (const server of ['lazy1', 'lazy2', 'both']) {
      expect(await session.call(`${server}-echo`, { message: server })).to.equal(server);
    }
    await sleep(1_000);
    expect(started()).to.have.length(3).and.include.members(['lazy1', 'lazy2']);
  });
});
