import { expect } from 'chai';
import { answerOf, type Harness, startHarness, toolCall } from './support/harness.ts';

describe('router: sticky strategies', () => {
  let harness: Harness;
  afterEach(() => harness.stop());
  const settings = (strategy: string) => ({ systemConfig: { cluster: { stickySession: { strategy } } } });

  it('starts the cookie by itself and then follows it, but not to a node that lacks the server', async () => {
    harness = await startHarness({ settings: settings('cookie') });
    await harness.addNode('node-1', ['a', 'b']);
    await harness.addNode('node-2', ['a']);
    const { response } = await harness.open('/mcp/a');
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).to.match(/^MCPHUB_NODE=node-[12]; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600$/);
    for (let i = 0; i < 8; i++) {
      const again = await harness.open('/mcp/a', { cookie: 'x=1; MCPHUB_NODE=node-2' });
      expect((await answerOf(again.response)).result.serverInfo.name).to.equal('node-2');
    }
    const other = await harness.open('/mcp/b', { cookie: 'MCPHUB_NODE=node-2' });
    expect((await answerOf(other.response)).result.serverInfo.name).to.equal('node-1');
  });

  it('starts the header by itself, exposes it, and lets a live session outrank it', async () => {
    harness = await startHarness({ settings: settings('header') });
    await harness.addNode('node-1', ['a']);
    await harness.addNode('node-2', ['a']);
    const { id, response } = await harness.open('/mcp/a', { 'X-MCPHub-Node': 'node-1', origin: 'http://localhost' });
    expect(response.headers.get('x-mcphub-node')).to.equal('node-1');
    expect(response.headers.get('access-control-expose-headers')).to.contain('X-MCPHub-Node');
    const reply = await harness.post('/mcp/a', toolCall(1, 'echo'), {
      'mcp-session-id': id,
      'X-MCPHub-Node': 'node-2',
    });
    expect(reply.headers.get('x-mcphub-node')).to.equal('node-1');
    expect((await answerOf(reply)).result.node).to.equal('node-1');
  });
});
