import { expect } from 'chai';
import { closeSockets, connectV1, connectV2, inspector, textOf } from '../support/clients.ts';
import { type Cluster, everything, startCluster } from '../support/cluster.ts';

describe('clients that people use', function () {
  this.timeout(40_000);
  let cluster: Cluster;

  before(async () => {
    const settings = { mcpServers: { everything: everything() } };
    cluster = await startCluster({ nodes: [{ settings }, { settings }] });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  for (const path of ['/mcp', '/mcp/everything', '/sse', '/sse/everything']) {
    it(`SDK v1 is not confused by the cluster at ${path}`, async () => {
      const prefix = path.endsWith('everything') ? '' : 'everything-';
      const client = await connectV1(`${cluster.url}${path}`);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).to.include.members([`${prefix}echo`, `${prefix}get-sum`]);
      const sum = await client.callTool({ name: `${prefix}get-sum`, arguments: { a: 2, b: 40 } });
      expect(textOf(sum)).to.contain('42');
      expect((await client.listPrompts()).prompts.length).to.be.greaterThan(0);
      expect((await client.listResources()).resources.length).to.be.greaterThan(0);
      await client.close();
    });
  }

  for (const path of ['/mcp', '/mcp/everything']) {
    it(`SDK v2 is not confused by the cluster at ${path}`, async () => {
      const prefix = path.endsWith('everything') ? '' : 'everything-';
      const client = await connectV2(`${cluster.url}${path}`);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).to.include(`${prefix}echo`);
      const echoed = await client.callTool({ name: `${prefix}echo`, arguments: { message: 'hello' } });
      expect(textOf(echoed)).to.contain('hello');
      await client.close();
    });
  }

  it('SDK v2 does not give up when it asks for a revision without sessions first', async () => {
    const client = await connectV2(`${cluster.url}/mcp/everything`, 'auto');
    const echoed = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
    expect(textOf(echoed)).to.contain('hello');
    await client.close();
  });

  it("the inspector's command line lists and calls tools, over Streamable HTTP and over HTTP+SSE", async () => {
    const http = ['--transport', 'http', '--method'];
    const listed = await inspector(`${cluster.url}/mcp`, ...http, 'tools/list');
    expect(listed, listed.stderr).to.include({ code: 0 });
    expect(listed.stdout).to.contain('everything-echo');
    const tool = ['tools/call', '--tool-name', 'echo', '--tool-arg', 'message=from-inspector'];
    const called = await inspector(`${cluster.url}/mcp/everything`, ...http, ...tool);
    expect(called, called.stderr).to.include({ code: 0 });
    expect(called.stdout).to.contain('from-inspector');
    const sse = await inspector(`${cluster.url}/sse/everything`, '--transport', 'sse', '--method', ...tool);
    expect(sse, sse.stderr).to.include({ code: 0 });
    expect(sse.stdout).to.contain('from-inspector');
  });

  it('answers exactly as the server itself does', async () => {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const { command, args } = everything() as { command: string; args: string[] };
    const direct = new Client({ name: 'direct', version: '1' });
    await direct.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
    const routed = await connectV1(`${cluster.url}/mcp/everything`);
    for (const script of [
      (client: typeof routed) => client.listTools(),
      (client: typeof routed) => client.listPrompts(),
      (client: typeof routed) => client.listResourceTemplates(),
      (client: typeof routed) => client.callTool({ name: 'get-tiny-image' }),
      (client: typeof routed) =>
        client.callTool({ name: 'get-structured-content', arguments: { location: 'Chicago' } }),
      (client: typeof routed) => client.callTool({ name: 'get-sum', arguments: { a: 'no number' } }),
      (client: typeof routed) => client.callTool({ name: 'no-such-tool' }).catch((error: Error) => error.message),
      (client: typeof routed) =>
        client.readResource({ uri: 'demo://resource/dynamic/nothing' }).catch((error: { code: number }) => error.code),
    ]) {
      expect(await script(routed)).to.eql(await script(direct as typeof routed));
    }
    await routed.close();
    await direct.close();
  });
});
