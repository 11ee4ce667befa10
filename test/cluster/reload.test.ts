import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'chai';
import { closeSockets, connectV1, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, hosting, type SettingsFile, script, startCluster, writeSettings } from '../support/cluster.ts';

const BASE = { tools: script('cluster-tools') };

describe('changed settings', function () {
  this.timeout(30_000);
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster({ nodes: [{ settings: hosting(BASE) }] });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  /** A client that knows when it was told that the tools changed. */
  async function watching(target: string) {
    let told: (() => void) | undefined;
    const client = await connectV1(`${cluster.url}/mcp${target}`, {
      prepare: (each) => each.setNotificationHandler(ToolListChangedNotificationSchema, () => told?.()),
    });
    const names = async () => (await client.listTools()).tools.map(({ name }) => name);
    /** Resolves once the client was told and the list is as wanted. */
    const until = async (wanted: (names: string[]) => boolean) => {
      for (let i = 0; i < 20; i++) {
        const notified = new Promise<void>((resolve) => {
          told = resolve;
        });
        if (wanted(await names())) return;
        await notified;
      }
      throw new Error('the list never became as wanted');
    };
    return { client, names, until };
  }

  it('reach a connected client as list_changed, without a new session or process for what stays', async () => {
    const node = cluster.node('node-1');
    const { client, names, until } = await watching('');
    const pid = textOf(await client.callTool({ name: 'tools-pid' }));
    expect((await names()).every((name) => name.startsWith('tools-'))).to.equal(true);

    let notified = until((list) => list.includes('more-whoami'));
    await node.change(hosting({ ...BASE, more: script('cluster-tools') }));
    await notified;
    expect(textOf(await client.callTool({ name: 'more-whoami' }))).to.equal('node-1');

    notified = until((list) => !list.includes('more-whoami'));
    await node.change(hosting(BASE));
    await notified;
    expect(textOf(await client.callTool({ name: 'tools-pid' }))).to.equal(pid);
    await cluster.hosts('node-1', ['tools']);
    await client.close();
  });

  it('hide a tool that was disabled and show its new description, without a restart of its server', async () => {
    const node = cluster.node('node-1');
    const { client, until } = await watching('/tools');
    const pid = textOf(await client.callTool({ name: 'pid' }));
    const notified = until((list) => !list.includes('sleep'));
    const tools = { sleep: { enabled: false }, echo: { description: 'Says it again' } };
    await node.change(hosting({ tools: { ...BASE.tools, tools } }));
    await notified;
    const listed = (await client.listTools()).tools.find(({ name }) => name === 'echo');
    expect(listed?.description).to.equal('Says it again');
    const refused = await client.callTool({ name: 'sleep', arguments: { ms: 1 } }).catch((error: Error) => error);
    expect(refused).to.be.an('error').with.property('message').that.contains('disabled');
    expect(textOf(await client.callTool({ name: 'pid' }))).to.equal(pid);
    await node.change(hosting(BASE));
    await client.close();
  });

  it('restart a server whose own entry changed, and keep sessions', async () => {
    const node = cluster.node('node-1');
    const { client, until } = await watching('');
    const pid = textOf(await client.callTool({ name: 'tools-pid' }));
    const notified = until((list) => list.includes('tools-added'));
    await node.change(hosting({ tools: script('cluster-tools', {}, 'tool=added') }));
    await notified;
    expect(textOf(await client.callTool({ name: 'tools-pid' }))).not.to.equal(pid);
    await node.change(hosting(BASE));
    await client.close();
  });

  it('do not take effect when keys or the configuration of the system are wrong: the old ones stay, and /health says why', async () => {
    const node = cluster.node('node-1');
    const session = await RawSession.open(`${cluster.url}/mcp/tools`);
    const refused = node.process.message(/^Settings refused/);
    writeSettings(node.folder, hosting(BASE, { bearerKeys: 5 }));
    await refused;
    expect(await session.call('whoami')).to.equal('node-1');
    const [row] = await cluster.api<{ url: string }[]>('/nodes');
    const health = (await (await fetch(`${row?.url}/health`)).json()) as { settings?: { problem: string } };
    expect(health.settings?.problem).to.contain('bearerKeys');
    const valid = node.process.message('Settings are valid again');
    writeSettings(node.folder, hosting(BASE));
    await valid;
  });

  it('are noticed when they come as Kubernetes swaps the folder of a ConfigMap', async () => {
    const mount = join(cluster.coordinator.folder, 'mount');
    const version = (name: string, settings: SettingsFile) => {
      mkdirSync(join(mount, name), { recursive: true });
      writeFileSync(join(mount, name, 'mcp_settings.json'), JSON.stringify(settings));
    };
    version('..2026_01', hosting(BASE));
    symlinkSync('..2026_01', join(mount, '..data'));
    symlinkSync(join('..data', 'mcp_settings.json'), join(mount, 'mcp_settings.json'));
    const env = { MCPHUB_SETTING_PATH: join(mount, 'mcp_settings.json') };
    const member = await cluster.join({ env }, 'pod');
    await cluster.hosts('pod', ['tools']);
    const reloaded = member.process.message('Settings reloaded');
    version('..2026_02', hosting({ ...BASE, fresh: script('cluster-tools') }));
    symlinkSync('..2026_02', join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
    rmSync(join(mount, '..2026_01'), { recursive: true });
    expect(readlinkSync(join(mount, '..data'))).to.equal('..2026_02');
    await reloaded;
    await cluster.hosts('pod', ['tools', 'fresh']);
    const session = await RawSession.open(`${cluster.url}/mcp/fresh`);
    expect(await session.call('whoami')).to.equal('pod');
  });
});
