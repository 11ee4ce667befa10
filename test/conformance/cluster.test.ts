import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Cluster, startCluster } from '../../bench/cluster.ts';
import { isPassed, runSuite } from './suite.ts';

const FIXTURE = fileURLToPath(new URL('../support/fixture/stdio.ts', import.meta.url));

describe('the conformance suite, through coordinator and node', () => {
  let cluster: Cluster;

  before(async () => {
    const fixture = { command: process.execPath, args: [FIXTURE], perSessionClient: true };
    cluster = await startCluster({ nodes: [{ mcpServers: { fixture } }] });
  });

  after(() => cluster?.stop());

  it('passes all 30 active scenarios', async () => {
    const scenarios = await runSuite(`${cluster.coordinator.url}/mcp/fixture`, 'active', 110_000);
    const failed = scenarios.filter((scenario) => !isPassed(scenario));
    expect(failed).to.deep.equal([]);
    expect(scenarios).to.have.length(30);
  }).timeout(120_000);
});
