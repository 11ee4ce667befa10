import { expect } from 'chai';
import { connectV1, connectV2 } from '../support/clients.ts';
import { script } from '../support/cluster.ts';
import { Nodes } from '../support/node.ts';
import { clients, closeClients, pinned } from '../support/servers/hostile-clients.ts';
import { echoServer } from '../support/servers/hub.ts';

describe('a tool of 2026-07-28 whose result is a list', () => {
  const nodes = new Nodes();
  afterEach(async () => {
    await closeClients();
    await nodes.stop();
  });

  it('does not make clients of older revisions refuse all tools, nor its result', async () => {
    const { url } = await nodes.start({
      mcpServers: { extras: script('modern-extras', {}, '--modern'), good: echoServer() },
    });
    for (const client of [await connectV1(`${url}/mcp`), await connectV2(`${url}/mcp`)]) {
      clients.push(client);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).to.include.members(['extras-numbers', 'good-echo']);
      expect(tools.find(({ name }) => name === 'extras-numbers')?.outputSchema).to.deep.equal({
        type: 'object',
        $defs: { number: { type: 'number' } },
        properties: { result: { type: 'array', items: { $ref: '#/$defs/number' } } },
        required: ['result'],
      });
      const { structuredContent } = await client.callTool({ name: 'extras-numbers', arguments: {} });
      expect(structuredContent).to.deep.equal({ result: [1, 2] });
    }
  });

  it('is not changed for those who can read it', async () => {
    const { url } = await nodes.start({ mcpServers: { extras: script('modern-extras', {}, '--modern') } });
    const client = await pinned(`${url}/mcp`);
    clients.push(client);
    const { structuredContent } = await client.callTool({ name: 'extras-numbers', arguments: {} });
    expect(structuredContent).to.deep.equal([1, 2]);
  });
});
