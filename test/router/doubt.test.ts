import { expect } from 'chai';
import { nodeTag } from '../../cluster/tag.ts';
import { until } from '../support/until.ts';
import { answerOf, type Harness, INITIALIZE, startHarness, toolCall } from './support/harness.ts';

const SETTINGS = { systemConfig: { cluster: { coordinator: { nodeTimeout: 150, cleanupInterval: 50 } } } };
/** What a node of ours says of itself. */
const OURS = { metadata: { tag: nodeTag('node-1'), instance: 'one', startedAt: 1 } };

interface Row {
  status: string;
  metadata?: { suspect?: boolean };
}

describe('router: a node that hangs', () => {
  let harness: Harness;
  afterEach(() => harness?.stop());

  async function hang(): Promise<{ id: string; post: Harness['post'] }> {
    harness = await startHarness({ settings: SETTINGS, timings: { healthTimeout: 50 } });
    const node = await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp/a');
    node.override = () => true;
    return { id, post: harness.post };
  }

  it('does not keep a call waiting forever', async () => {
    const { id, post } = await hang();
    const reply = await post('/mcp/a', toolCall(7, 'echo'), { 'mcp-session-id': id });
    expect(reply.status).to.equal(200);
    const { id: rpcId, error } = await answerOf(reply);
    expect(rpcId).to.equal(7);
    expect(error.message).to.contain('it sends no heartbeats and does not answer');
  });

  it('does not keep what may be sent again waiting: it goes to another node', async () => {
    harness = await startHarness({ settings: SETTINGS, timings: { healthTimeout: 50 } });
    const hung = await harness.addNode('node-1', ['a']);
    hung.override = () => true;
    const pending = harness.post('/mcp/a', INITIALIZE);
    const other = await harness.addNode('node-2', ['a']);
    const beat = setInterval(() => void harness.heartbeat(other, ['a']), 30);
    try {
      expect((await answerOf(await pending)).result.serverInfo.name).to.equal('node-2');
    } finally {
      clearInterval(beat);
    }
  });

  it('does not let its sessions hang either, and they come back when it does', async () => {
    const { id, post } = await hang();
    await post('/mcp/a', toolCall(1, 'echo'), { 'mcp-session-id': id });
    const gone = await post('/mcp/a', toolCall(2, 'echo'), { 'mcp-session-id': id });
    expect(gone.status).to.equal(404);
    const [node] = harness.nodes;
    if (node === undefined) throw new Error('no node');
    node.override = undefined;
    await harness.heartbeat(node, ['a']);
    expect((await post('/mcp/a', toolCall(3, 'echo'), { 'mcp-session-id': id })).status).to.equal(200);
  });

  it('does not end the calls of a node whose heartbeats alone do not arrive', async () => {
    harness = await startHarness({ settings: SETTINGS, timings: { healthTimeout: 1_000 } });
    const node = await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp/a');
    const asked = Promise.withResolvers<void>();
    node.behaviours.set('slow', (_req, res, rpcId) => {
      void asked.promise.then(() => res.end(JSON.stringify({ jsonrpc: '2.0', id: rpcId, result: { late: true } })));
    });
    let health = 0;
    node.override = (req, res) => {
      if (req.url !== '/health') return false;
      res.end('{}');
      health += 1;
      if (health === 2) asked.resolve();
      return true;
    };
    const reply = await harness.post('/mcp/a', toolCall(4, 'slow'), { 'mcp-session-id': id });
    expect((await answerOf(reply)).result.late).to.equal(true);
  });

  it('is not shown as if it were used while it can be heard but not reached', async () => {
    harness = await startHarness({ settings: SETTINGS, timings: { healthTimeout: 50 } });
    const node = await harness.addNode('node-1', ['a'], OURS);
    node.override = () => true;
    await until(async () => (await rowOf()).metadata?.suspect === true);
    await harness.heartbeat(node, ['a'], OURS);
    expect(await rowOf()).to.deep.include({ status: 'active', metadata: { ...OURS.metadata, suspect: true } });
    const health = (await (await fetch(`${harness.coordinator.url}/health`)).json()) as { nodes: object };
    expect(health.nodes).to.eql({ total: 1, active: 0 });
    expect(await harness.prom.metrics()).to.include('mcphub_coordinator_nodes{status="suspect"} 1');
  });

  it('is not kept out of placement by a question that was lost before it could be reached again', async () => {
    // So long that nobody looks again.
    const settings = { systemConfig: { cluster: { coordinator: { nodeTimeout: 60_000 } } } };
    harness = await startHarness({ settings, timings: { healthTimeout: 300 } });
    const node = await harness.addNode('node-1', ['a'], OURS);
    const questions: string[] = [];
    node.override = ({ url = '' }, res) => {
      if (questions.push(url) > 1) res.end('{}');
      return true;
    };
    const rival = { url: 'http://127.0.0.1:1', metadata: { ...OURS.metadata, instance: 'two', startedAt: 0 } };
    expect((await harness.register(node, ['a'], rival)).status).to.equal(409);
    await until(() => questions.length === 1);
    await harness.heartbeat(node, ['a'], OURS);
    await until(() => harness.logs.some(({ msg }) => msg === 'Node answers again'));
    expect(questions).to.eql(['/health', '/health']);
  });

  async function rowOf(): Promise<Row> {
    const response = await fetch(`${harness.coordinator.url}/api/cluster/nodes`);
    return ((await response.json()) as { data: [Row] }).data[0];
  }
});
