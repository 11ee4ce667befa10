import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { connectV1, connectV2, initialize, openEvents, post, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

const EVERYTHING = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/server-everything/dist/index.js', import.meta.url),
);

describe('a real server on a node', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  const start = async () =>
    (await nodes.start({ mcpServers: { everything: { command: process.execPath, args: [EVERYTHING] } } })).url;

  it('does not look different to clients of SDK v1 and v2, on any transport and route', async () => {
    const url = await start();
    const clients = [
      await connectV1(`${url}/mcp/everything`),
      await connectV1(`${url}/sse/everything`),
      await connectV2(`${url}/mcp/everything`),
    ];
    const seen = [];
    for (const client of clients) {
      const { tools } = await client.listTools();
      const { resources } = await client.listResources();
      const { prompts } = await client.listPrompts();
      const echoed = await client.callTool({ name: 'echo', arguments: { message: 'hi' } });
      seen.push({ tools, resources, prompts, echoed, version: client.getServerVersion() });
      await client.close();
    }
    expect(seen[0]?.tools.length).to.be.above(5);
    expect(seen[1]).to.deep.equal(seen[0]);
    expect(seen[2]).to.deep.equal(seen[0]);
    const all = await connectV2(`${url}/mcp`);
    expect((await all.listTools()).tools.map(({ name }) => name)).to.deep.equal(
      seen[0]?.tools.map(({ name }) => `everything-${name}`),
    );
    expect(textOf(await all.callTool({ name: 'everything-echo', arguments: { message: 'x' } }))).to.include('x');
    await all.close();
  });

  it('refuses bad messages on HTTP+SSE without ending the session', async () => {
    const url = await start();
    const stream = await openEvents(`${url}/sse`);
    const [, endpoint = ''] = /data: (\S+)/.exec(await stream.until('\n\n')) ?? [];
    const to = url + endpoint;
    expect((await post(to, '{"jsonrpc"')).body?.error?.code).to.equal(-32700);
    expect((await post(to, '{}')).status).to.equal(400);
    expect((await post(to, initialize())).status).to.equal(202);
    await stream.until('"id":0');
    expect((await post(to, initialize())).status).to.equal(202);
    await stream.until('MCPHUB_ALREADY_INITIALIZED');
    expect((await post(to, { jsonrpc: '2.0', id: 'p', method: 'ping' })).status).to.equal(202);
    await stream.until('{"jsonrpc":"2.0","id":"p","result":{}}');
    stream.close();
  });

  it('does not cut off a client of HTTP+SSE whose answers are large', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer(), b: echoServer() } });
    const client = await connectV1(`${url}/sse`);
    const size = 9 * 1024 * 1024;
    const calls = ['a-big', 'b-big', 'a-big', 'a-echo'].map((name) =>
      client.callTool({ name, arguments: { size, message: 'x' } }),
    );
    const lengths = (await Promise.all(calls)).map((result) => textOf(result)?.length);
    expect(lengths.slice(0, 3)).to.deep.equal([size, size, size]);
    await client.close();
  });
});
