import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect } from 'chai';
import { descendants, type HubOptions, type HubProcess, ROOT, startHub, waitForEnd } from './hub-process.ts';

const EVERYTHING = {
  command: process.execPath,
  args: [join(ROOT, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js')],
};

describe('a started mcphub', function () {
  this.timeout(30_000);
  let folder: string;
  const started: HubProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-start-'));
  });
  afterEach(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await Promise.all(started.splice(0).map(({ ended }) => ended));
    rmSync(folder, { recursive: true });
  });

  function start(settings: object | undefined, options: HubOptions & { args?: string[] } = {}): HubProcess {
    if (settings !== undefined) writeFileSync(join(folder, 'mcp_settings.json'), JSON.stringify(settings));
    const hub = startHub(options.args ?? [], { cwd: folder, ...options });
    started.push(hub);
    return hub;
  }

  async function echo(url: string): Promise<unknown> {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    try {
      const result = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
      return (result.content as { text: string }[])[0]?.text;
    } finally {
      await client.close();
    }
  }

  async function waitForReady(hub: HubProcess): Promise<string> {
    const { url } = await hub.logged('Metrics and probes are served');
    for (;;) {
      const response = await fetch(`${url}/readyz`);
      if (response.ok) return url as string;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('serves its own servers when it stands alone, and says so', async () => {
    const hub = start({ mcpServers: { everything: EVERYTHING } });
    const { url } = await hub.logged('Listening', ({ role }) => role === 'coordinator');
    await hub.logged('Cluster mode is disabled');
    await waitForReady(hub);
    expect(await echo(`${url}/mcp/everything`)).to.equal('Echo: hello');
  });

  it('serves all servers but the one whose entry is bad, and says why it is not there', async () => {
    const hub = start({ mcpServers: { everything: EVERYTHING, bad: { command: 'sleep', args: [1000] } } });
    const { url } = await hub.logged('Listening', ({ role }) => role === 'coordinator');
    const reason = 'mcpServers.bad.args[0]: expected string, got number';
    await hub.logged('Entry of the settings refused; it is not served');
    expect(hub.lines.join('\n')).to.contain(reason);
    await waitForReady(hub);
    expect(await echo(`${url}/mcp/everything`)).to.equal('Echo: hello');
    const { data } = (await (await fetch(`${url}/api/cluster/nodes`)).json()) as { data: unknown };
    expect(JSON.stringify(data)).to.contain(reason);
    await echo(`${url}/mcp/bad`).then(
      () => expect.fail('it was served'),
      (error: Error) => expect(error.message).to.contain(reason),
    );
  });

  it('lets nobody register with a hub that stands alone', async () => {
    const hub = start({});
    const { url } = await hub.logged('Listening', ({ role }) => role === 'coordinator');
    const body = JSON.stringify({ id: 'evil', name: 'evil', url: 'http://127.0.0.1:1', servers: ['everything'] });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/api/cluster/register`, { method: 'POST', body, headers });
    expect(response.status).to.equal(401);
  });

  it('serves the own servers of a coordinator, also one that a changed file brings', async () => {
    const cluster = { enabled: true, mode: 'coordinator' };
    const hub = start({ systemConfig: { cluster } }, { env: { MCPHUB_CLUSTER_TOKEN: 'token' } });
    const { url } = await hub.logged('Listening', ({ role }) => role === 'coordinator');
    await hub.logged('Initializing cluster service in coordinator mode');
    await hub.logged('Cluster coordinator initialized');
    writeFileSync(
      join(folder, 'mcp_settings.json'),
      JSON.stringify({ mcpServers: { everything: EVERYTHING }, systemConfig: { cluster } }),
    );
    await hub.logged('Node registered: coordinator (coordinator) with 1 servers');
    expect(await echo(`${url}/mcp/everything`)).to.equal('Echo: hello');
  });

  it('forms a cluster of processes that share a token, and shows it in the tables', async () => {
    const token = { MCPHUB_CLUSTER_TOKEN: 'token' };
    const coordinator = start({ systemConfig: { cluster: { enabled: true, mode: 'coordinator' } } }, { env: token });
    const { url } = await coordinator.logged('Listening');
    const path = join(folder, 'node.json');
    writeFileSync(path, JSON.stringify({ mcpServers: { everything: EVERYTHING } }));
    const node = start(undefined, {
      env: {
        ...token,
        MCPHUB_SETTING_PATH: path,
        MCPHUB_CLUSTER_MODE: 'node',
        MCPHUB_NODE_ID: 'n1',
        MCPHUB_NODE_NAME: 'N',
        MCPHUB_COORDINATOR_URL: url as string,
      },
    });
    await node.logged('Initializing as cluster node: N (n1)');
    await node.logged('Successfully registered with coordinator');
    expect(await echo(`${url}/mcp/everything`)).to.equal('Echo: hello');
    const shown = start(undefined, { args: ['nodes', '-o', 'json'], env: { MCPHUB_URL: url as string } });
    expect(await shown.ended).to.equal(0);
    expect(JSON.parse(shown.lines.join('\n'))[0]).to.include({ id: 'n1', status: 'active' });
    const servers = start(undefined, { args: ['servers', '--url', url as string] });
    expect(await servers.ended).to.equal(0);
    expect(servers.lines[1]).to.match(/^everything +n1 +connected$/);
  });

  it('warns once when a coordinator has no token, and says how to set one', async () => {
    const hub = start({ systemConfig: { cluster: { enabled: true, mode: 'coordinator' } } });
    await hub.logged('Cluster coordinator initialized');
    expect(hub.lines.filter((line) => line.includes('MCPHUB_CLUSTER_TOKEN'))).to.have.length(1);
  });

  it('drains on the first SIGTERM, exits with 0 and leaves no server process behind', async () => {
    const hub = start({ mcpServers: { everything: EVERYTHING } });
    const ops = await waitForReady(hub);
    const pids = descendants(hub.pid);
    expect(pids).not.to.eql([]);
    hub.child.kill('SIGTERM');
    expect(await hub.ended).to.equal(0);
    expect(await waitForEnd(pids, 5_000)).to.eql([]);
    expect(await fetch(`${ops}/livez`).catch((error: Error) => error.message)).to.equal('fetch failed');
  });

  /** A call that has reached its server, which has reported progress; the answer is still to come. */
  async function callUnderWay(hub: HubProcess, args: { duration: number; steps: number }) {
    const { url } = await hub.logged('Listening', ({ role }) => role === 'coordinator');
    await waitForReady(hub);
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp/everything`)));
    const begun = Promise.withResolvers<void>();
    const call = client.callTool({ name: 'trigger-long-running-operation', arguments: args }, undefined, {
      onprogress: () => begun.resolve(),
    });
    await begun.promise;
    return { client, call };
  }

  it('lets a call in flight finish before it ends', async () => {
    const hub = start({ mcpServers: { everything: EVERYTHING } });
    const { client, call } = await callUnderWay(hub, { duration: 2, steps: 4 });
    hub.child.kill('SIGTERM');
    expect(JSON.stringify((await call).content)).to.contain('Long running operation completed');
    await client.close();
    expect(await hub.ended).to.equal(0);
  });

  it('exits at once with 1 on the second signal, while a call is still in flight', async () => {
    const hub = start({ mcpServers: { everything: EVERYTHING } });
    const { client, call } = await callUnderWay(hub, { duration: 60, steps: 120 });
    const outcome = call.then(
      () => 'answered',
      () => 'failed',
    );
    hub.child.kill('SIGTERM');
    await hub.logged('Draining');
    hub.child.kill('SIGINT');
    expect(await hub.ended).to.equal(1);
    await client.close();
    expect(await outcome).to.equal('failed');
  });

  it('ends when the process that started it with a channel is gone', async () => {
    const hub = start({}, { ipc: true });
    await hub.logged('Listening');
    hub.child.disconnect();
    expect(await hub.ended).to.equal(0);
  });

  it('ends with 2 and every problem, without a stack trace, when settings are wrong', async () => {
    const hub = start({ mcpServers: { a: { command: 1 } }, bearerKeys: {} });
    expect(await hub.ended).to.equal(2);
    expect(hub.errors())
      .to.match(/mcpServers\.a\.command.*\n.*bearerKeys/)
      .and.not.to.match(/^\s+at /m);
    const environment = start({}, { env: { PORT: 'high' } });
    expect(await environment.ended).to.equal(2);
    expect(environment.errors()).to.contain('PORT');
  });

  it('names the port and the remedy when its port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const hub = start({}, { env: { PORT: String(port) } });
    const code = await hub.ended;
    await new Promise((resolve) => taken.close(resolve));
    expect(code).to.equal(1);
    expect(hub.errors())
      .to.contain(`port ${port} is in use on 127.0.0.1`)
      .and.to.contain('set PORT')
      .and.not.to.match(/^\s+at /m);
  });

  for (const host of ['no-such-host.invalid', '203.0.113.7']) {
    it(`says in a sentence that it cannot listen on ${host}`, async () => {
      const hub = start({}, { env: { HOST: host } });
      expect(await hub.ended).to.equal(1);
      expect(hub.errors())
        .to.contain(`this machine has no address ${host}: set HOST`)
        .and.not.to.match(/^\s+at /m);
    });
  }

  it('validates a settings file without starting anything', async () => {
    const good = start({ mcpServers: { everything: EVERYTHING } }, { args: ['validate'] });
    expect(await good.ended).to.equal(0);
    expect(good.lines[0]).to.match(/^ok: .*: 1 server, 0 groups, 0 bearer keys, mode standalone$/);
    writeFileSync(join(folder, 'bad.json'), '{"mcpServers": {"a": {}, "b": {"command": "x"}, "c": {"command": 5}}}');
    const bad = start(undefined, { args: ['validate', 'bad.json'] });
    expect(await bad.ended).to.equal(2);
    expect(bad.errors())
      .to.contain('bad.json')
      .and.to.contain('mcpServers.a: ')
      .and.to.contain('mcpServers.c.command: ');
    const none = start(undefined, { args: ['validate', 'none.json'] });
    expect(await none.ended).to.equal(2);
  });
});
