import { expect } from 'chai';
import { nodeTag } from '../../cluster/tag.ts';
import type { ForeignNode } from './support/foreign-node.ts';
import { answerOf, type Harness, startHarness, toolCall } from './support/harness.ts';

const GROUPS = [
  { id: 'plain', name: 'plain', servers: ['a'] },
  { id: 'renamed', name: 'renamed', servers: [{ name: 'a', tools: { write: { name: 'read' } } }] },
  {
    id: 'aliased',
    name: 'aliased',
    servers: [
      { name: 'b', alias: 'a' },
      { name: 'a', alias: 'c' },
    ],
  },
];

describe('router: tools that may be called twice', () => {
  let harness: Harness;
  let node: ForeignNode;
  beforeEach(async () => {
    harness = await startHarness({ settings: { groups: GROUPS } });
    node = await harness.addNode('node-1', ['a', 'b'], {
      metadata: {
        tag: nodeTag('node-1'),
        serverStatus: { a: { status: 'connected', retryable: ['read'] }, b: { status: 'connected' } },
      },
    });
  });
  afterEach(() => harness.stop());

  /** How often a call reaches the node when its connection breaks under the first one. */
  async function sent(path: string, tool: string): Promise<number> {
    const { id } = await harness.open(path);
    let times = 0;
    node.behaviours.set(tool, (req, res, rpcId) => {
      if (++times === 1) req.socket.destroy();
      else
        res
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ jsonrpc: '2.0', id: rpcId, result: {} }));
    });
    await answerOf(await harness.post(path, toolCall(1, tool), { 'mcp-session-id': id }));
    return times;
  }

  it('are those that nodes name, under the names that the route gives them', async () => {
    expect(await sent('/mcp/a', 'read')).to.equal(2);
    expect(await sent('/mcp/a', 'a-read')).to.equal(2);
    expect(await sent('/mcp/plain', 'a-read')).to.equal(2);
    expect(await sent('/mcp/a', 'write')).to.equal(1);
  });

  it('are not those that only have such a name: of another server, by a renaming, or by an alias', async () => {
    expect(await sent('/mcp/plain', 'read')).to.equal(1);
    expect(await sent('/mcp/b', 'read')).to.equal(1);
    expect(await sent('/mcp/renamed', 'a-read')).to.equal(1);
    expect(await sent('/mcp/aliased', 'a-read')).to.equal(1);
  });
});
