import { expect } from 'chai';
import { answer, json } from './support/foreign-node.ts';
import { type Harness, startHarness, toolCall } from './support/harness.ts';
import { addModernNode, askModern } from './support/modern.ts';

describe('router: what is nobody else’s business', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('does not tell a node of the original branch the token of the cluster, nor what members tell each other', async () => {
    harness = await startHarness({ clusterTokens: () => ['token-of-the-cluster'] });
    const node = await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp/a');
    await harness.post('/mcp/a', toolCall(1, 'echo'), { 'mcp-session-id': id });
    expect(node.seen).to.have.length(2);
    for (const { headers } of node.seen) {
      expect(JSON.stringify(headers)).not.to.include('token-of-the-cluster');
      expect(Object.keys(headers).filter((name) => /^x-mcphub-/.test(name))).to.eql([]);
    }
  });

  it('does not give a modern client a session id that a node puts on an answer', async () => {
    harness = await startHarness();
    const node = await addModernNode(harness, 'node-1', ['a']);
    node.behave = (_req, res, id) => json(res, answer(id, {}), 'a-session-of-the-node');
    const reply = await askModern(harness, '/mcp/a', 'tools/list');
    expect(reply.status).to.equal(200);
    expect(reply.headers.get('mcp-session-id')).to.equal(null);
  });
});
