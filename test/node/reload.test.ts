import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openSettings } from '../../settings/store.ts';
import { RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { changeableSettings, echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

describe('a changed settings file', () => {
  const nodes = new Nodes();
  let folder: string;
  let settings: ReturnType<typeof openSettings> | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-reload-'));
  });
  afterEach(async () => {
    settings?.close();
    await nodes.stop();
    rmSync(folder, { recursive: true });
  });

  function write(content: object | string): string {
    const path = join(folder, 'mcp_settings.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  it('does not touch processes and sessions of servers that it leaves as they are', async () => {
    const mcpServers = { kept: echoServer(), changed: echoServer(['tools=old']), removed: echoServer() };
    const path = write({ mcpServers });
    settings = openSettings({ path, env: {}, settleTime: 10, pollInterval: 50 });
    const { url } = await nodes.start(settings);
    const session = await RawSession.open(`${url}/mcp`);
    const stream = await session.listen();
    const [kept, changed] = [await session.call('kept-pid'), await session.call('changed-pid')];
    const sleeping = session.call('kept-sleep', { ms: 60_000 });

    const reloaded = new Promise<void>((resolve) => settings?.onChange(() => resolve()));
    write({ mcpServers: { kept: mcpServers.kept, changed: echoServer(['tools=new']), added: echoServer() } });
    await reloaded;
    expect(await session.call('added-echo', { message: 'here' })).to.equal('here');
    expect(await session.call('changed-new')).to.equal('new answers');
    expect(await session.call('changed-pid')).to.not.equal(changed);
    expect(await session.call('kept-pid')).to.equal(kept);
    const gone = await session.request('tools/call', { name: 'removed-echo' });
    expect(gone.body?.error?.data?.code).to.equal('MCPHUB_NAME_UNKNOWN');
    await stream.until('notifications/tools/list_changed');
    const { text } = await session.request('tools/list');
    expect(text).to.include('added-echo').and.include('changed-new').and.not.include('removed-echo');
    await session.call('kept-wake');
    expect(await sleeping).to.equal('woken');
    stream.close();
  });

  it('does not stop anything when it is broken, and says so in /health', async () => {
    const path = write({ mcpServers: { a: echoServer() } });
    settings = openSettings({ path, env: {}, settleTime: 10, pollInterval: 50 });
    const { url } = await nodes.start(settings);
    const session = await RawSession.open(`${url}/mcp`);
    const pid = await session.call('a-pid');
    write('{ "mcpServers": ');
    while (settings.problem === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await session.call('a-pid')).to.equal(pid);
    const health = (await (await fetch(`${url}/health`)).json()) as { status: string; settings: { problem: string } };
    expect(health.status).to.equal('degraded');
    expect(health.settings.problem).to.match(/mcp_settings\.json:1:\d+/);
  });

  it('does not send calls to the old process of a changed server while it ends', async () => {
    const source = changeableSettings({ mcpServers: { a: echoServer(['tools=old']) } });
    const { url } = await nodes.start(source);
    const session = await RawSession.open(`${url}/mcp`);
    await session.call('a-pid');
    source.change({ mcpServers: { a: echoServer(['tools=new']) } });
    expect(await session.call('a-new')).to.equal('new answers');
  });

  it('does not answer a call that ran in a removed server with silence', async () => {
    const source = changeableSettings({ mcpServers: { a: echoServer() } });
    const { url } = await nodes.start(source);
    const session = await RawSession.open(`${url}/mcp`);
    await session.call('a-echo');
    const call = session.request('tools/call', { name: 'a-sleep', arguments: { ms: 60_000 } });
    await until(async () => (await session.call('a-heard')).includes('call sleep'));
    source.change({ mcpServers: {} });
    expect((await call).body?.error?.data?.code).to.equal('MCPHUB_SERVER_LOST');
  });
});
