import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { closeSockets, RawSession } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';
import { runHub } from '../support/process.ts';

describe('the end of a process', function () {
  this.timeout(30_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-processes-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function environment(settings: string, env: Record<string, string> = {}): Record<string, string> {
    writeFileSync(join(folder, 'mcp_settings.json'), settings);
    return { HOME: folder, MCPHUB_SETTING_PATH: folder, PORT: '0', METRICS_PORT: '0', HOST: '127.0.0.1', ...env };
  }

  it('exits with 2 and names the line when the settings are no JSON', async () => {
    const { code, process } = await runHub(environment('{\n  "mcpServers": {\n    oops\n  }\n}'));
    expect(code).to.equal(2);
    expect(process.stderr).to.contain(join(folder, 'mcp_settings.json'));
    expect(process.stderr).to.match(/line 3|:3/);
  });

  it('exits with 2 and names the path when a setting has the wrong type', async () => {
    const { code, process } = await runHub(environment('{"systemConfig":{"routing":{"enableGlobalRoute":"no"}}}'));
    expect(code).to.equal(2);
    expect(process.stderr).to.contain('systemConfig.routing.enableGlobalRoute');
  });

  it('exits with 2 and names the variable when the environment is wrong', async () => {
    const { code, process } = await runHub(environment('{}', { PORT: 'many' }));
    expect(code).to.equal(2);
    expect(process.stderr).to.match(/PORT: "many" is not a port/);
  });

  for (const mode of ['coordinator', 'node', 'standalone']) {
    it(`exits with 1 and says what to do when its port is in use (${mode})`, async () => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      const env = { PORT: String(port), MCPHUB_CLUSTER_MODE: mode, MCPHUB_COORDINATOR_URL: 'http://127.0.0.1:9' };
      const { code, process } = await runHub(
        environment(JSON.stringify({ mcpServers: { tools: script('cluster-tools') } }), env),
      );
      other.close();
      expect(code).to.equal(1);
      expect(process.stderr).to.contain(`port ${port} is in use`);
      expect(await process.leftovers()).to.eql([]);
    });
  }
});

describe('child processes of a node', function () {
  this.timeout(40_000);
  let cluster: Cluster;

  before(async () => {
    const servers = {
      plain: script('cluster-tools'),
      wrapped: script('cluster-wrapper'),
      shell: {
        command: 'sh',
        args: [
          '-c',
          `trap '' TERM HUP; "${process.execPath}" "$0"; sleep 3600`,
          String((script('cluster-tools').args as string[])[0]),
        ],
      },
      own: script('cluster-wrapper', { perSessionClient: true }),
    };
    cluster = await startCluster({ nodes: [{ settings: hosting(servers) }, { settings: hosting(servers) }] });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  async function populate(): Promise<void> {
    for (let i = 0; i < 4; i++) await (await RawSession.open(`${cluster.url}/mcp/own`)).call('pid');
  }

  for (const [id, signal] of [
    ['node-1', 'SIGTERM'],
    ['node-2', 'SIGKILL'],
  ] as const) {
    it(`do not outlive it after ${signal}, grandchildren and those that ignore signals included`, async () => {
      await populate();
      const { process } = cluster.node(id);
      // Each wrapper has a child of its own, so there are more than one process per server.
      expect(process.descendants().length).to.be.greaterThan(6);
      const { code, signal: by } = await process.kill(signal);
      expect(signal === 'SIGKILL' ? by : code).to.equal(signal === 'SIGKILL' ? 'SIGKILL' : 0);
      expect(await process.leftovers()).to.eql([]);
    });
  }
});
