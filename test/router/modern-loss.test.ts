import { expect } from 'chai';
import { answerOf, type Harness, startHarness } from './support/harness.ts';
import { addModernNode, askModern, type ModernNode, nodeThatAnswers } from './support/modern.ts';

describe('router: a node fails under a request without session', () => {
  let harness: Harness;
  let node: ModernNode;
  afterEach(() => harness.stop());

  async function begin(options: Parameters<typeof startHarness>[0] = {}): Promise<void> {
    harness = await startHarness(options);
    node = await addModernNode(harness, 'node-1', ['a']);
  }
  /** Reads until the condition holds for all that has come. */
  async function readUntil(reply: Response, condition: (text: string) => boolean): Promise<string> {
    const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
    let got = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      got += part.value;
      if (condition(got)) break;
    }
    reader.releaseLock();
    return got;
  }

  it('reports a call that may have been executed as its answer, once, with the id', async () => {
    await begin();
    let calls = 0;
    node.behave = (req) => {
      calls++;
      req.socket.destroy();
    };
    const reply = await askModern(harness, '/mcp/a', 'tools/call', { name: 't' }, {}, 'id-1');
    expect(reply.status).to.equal(200);
    const { id, error } = await answerOf(reply);
    expect(id).to.equal('id-1');
    expect(error.data).to.include({ code: 'MCPHUB_NODE_LOST', retryable: false, node: 'node-1' });
    expect(calls).to.equal(1);
  });

  it('reports it on the stream when one is open, and ends the stream', async () => {
    await begin();
    node.behave = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n', () => res.destroy());
    };
    const reply = await askModern(harness, '/mcp/a', 'tools/call', { name: 't' }, {}, 0);
    const last = (await reply.text()).trimEnd().split('\n\n').at(-1) ?? '';
    expect(JSON.parse(last.replace(/^data: /, '')))
      .to.deep.include({ id: 0 })
      .and.nested.include({ 'error.code': -32603, 'error.data.code': 'MCPHUB_NODE_LOST' });
  });

  it('sends what is free of side effects to another node, and what was not begun too', async () => {
    await begin();
    await addModernNode(harness, 'node-2', ['a']);
    node.behave = (req) => void req.socket.destroy();
    for (const method of ['tools/list', 'resources/read', 'tasks/get', 'server/discover']) {
      for (let i = 0; i < 4; i++) {
        const name = await nodeThatAnswers(harness, '/mcp/a', method, { uri: 'x:y', taskId: 'x' });
        expect(name, method).to.equal('node-2');
      }
    }
    await node.stop();
    for (let i = 0; i < 10; i++) {
      expect(await nodeThatAnswers(harness, '/mcp/a', 'tools/call', { name: 't' })).to.equal('node-2');
    }
  });

  it('counts no request twice or for ever as work of a node that failed', async () => {
    await begin();
    const { behave } = node;
    node.behave = (req) => void req.socket.destroy();
    for (let i = 0; i < 20; i++) await (await askModern(harness, '/mcp/a', 'tools/call', { name: 't' })).text();
    node.behave = behave;
    for (let i = 0; i < 20; i++) await (await askModern(harness, '/mcp/a', 'tools/call', { name: 't' })).text();
    await addModernNode(harness, 'node-2', ['a']);
    const names = new Set<string>();
    for (let i = 0; i < 20; i++) names.add(await nodeThatAnswers(harness, '/mcp/a', 'tools/call', { name: 't' }));
    expect([...names].sort()).to.deep.equal(['node-1', 'node-2']);
  });

  it('ends subscriptions/listen with its node, so that the client listens again', async () => {
    await begin();
    let lose = () => {};
    node.behave = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: {"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged"}\n\n');
      lose = () => void res.destroy();
    };
    const reply = await askModern(harness, '/mcp/a', 'subscriptions/listen', { notifications: {} }, {}, 'listen:0');
    const rest = readUntil(reply, () => false);
    lose();
    const last = (await rest).trimEnd().split('\n\n').at(-1) ?? '';
    expect(JSON.parse(last.replace(/^data: /, '')))
      .to.deep.include({ id: 'listen:0' })
      .and.nested.include({ 'error.data.code': 'MCPHUB_NODE_LOST' });
  });

  it('ends subscriptions/listen with its result when the coordinator stops', async () => {
    await begin({ settings: { systemConfig: { cluster: { coordinator: { drainDelay: 100 } } } } });
    node.behave = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: {"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged"}\n\n');
    };
    const reply = await askModern(harness, '/mcp/a', 'subscriptions/listen', { notifications: {} }, {}, 'listen:1');
    const rest = readUntil(reply, () => false);
    const stopped = harness.coordinator.stop({ graceful: true });
    const last = (await rest).trimEnd().split('\n\n').at(-1) ?? '';
    const { id, result } = JSON.parse(last.replace(/^data: /, ''));
    expect(id).to.equal('listen:1');
    expect(result).to.deep.equal({
      resultType: 'complete',
      _meta: { 'io.modelcontextprotocol/subscriptionId': 'listen:1' },
    });
    await stopped;
  });

  it('never answers a probe with 5xx or 429, which clients take for the end, or for an older server', async () => {
    harness = await startHarness({ timings: { placementTimeout: 50 } });
    const probe = () => askModern(harness, '/mcp/a', 'server/discover', {}, {}, 'probe');
    const none = await probe();
    expect(none.status).to.equal(200);
    expect(await answerOf(none))
      .to.deep.include({ id: 'probe' })
      .and.nested.include({ 'error.data.code': 'MCPHUB_NO_NODE' });
    node = await addModernNode(harness, 'node-1', ['a']);
    for (const status of [429, 500, 502, 503]) {
      node.behave = (_req, res) => void res.writeHead(status).end();
      const reply = await probe();
      expect(reply.status, `${status}`).to.equal(200);
      expect((await answerOf(reply)).error.code).to.equal(-32603);
    }
    node.behave = (_req, res) => void res.writeHead(400).end('{}');
    expect((await probe()).status).to.equal(400);
    const call = await askModern(harness, '/mcp/none', 'server/discover', {}, {}, 'probe');
    expect(call.status).to.equal(404);
  });
});
