import { expect } from 'chai';
import { isRepeatable } from '../../router/forward/repeatable.ts';
import { failureKind, remedyOf } from '../../router/forward/rescue.ts';
import { startForeignNode } from './support/foreign-node.ts';
import { answerOf, type Harness, INITIALIZE, startHarness, toolCall } from './support/harness.ts';

describe('router: a node fails under a request', () => {
  let harness: Harness;
  afterEach(() => harness?.stop());

  it('opens a new session elsewhere at once when a node refuses the connection, and asks the dead one no more', async () => {
    harness = await startHarness();
    const dead = await harness.addNode('node-1', ['a']);
    await harness.addNode('node-2', ['a']);
    await dead.stop();
    for (let i = 0; i < 10; i++) {
      const { response } = await harness.open('/mcp/a');
      expect((await answerOf(response)).result.serverInfo.name).to.equal('node-2');
    }
    const metrics = await harness.prom.metrics();
    expect(metrics).to.match(/mcphub_coordinator_upstream_failures_total\{kind="refused"\} 1\n/);
    expect(metrics).to.contain('mcphub_coordinator_nodes{status="suspect"} 1');
  });

  it('answers 404 for a session whose node refuses the connection, so that the client re-initializes', async () => {
    harness = await startHarness();
    const node = await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp');
    await node.stop();
    const reply = await harness.post('/mcp', toolCall(3, 'echo'), { 'mcp-session-id': id });
    expect(reply.status).to.equal(404);
    expect((await answerOf(reply)).error.code).to.equal(-32001);
  });

  it('waits for a node instead of failing while none is there, and then goes on', async () => {
    harness = await startHarness();
    const pending = harness.open('/mcp/a');
    const node = await startForeignNode('late');
    harness.nodes.push(node);
    await harness.heartbeat(node, ['a']);
    expect((await pending).response.status).to.equal(200);
  });

  it('does not wait forever for a node: 503 with id, reason and Retry-After', async () => {
    harness = await startHarness({ timings: { placementTimeout: 50 } });
    const failed = { serverStatus: { a: { status: 'failed', reason: 'spawn nope ENOENT' } } };
    await harness.addNode('node-1', [], { metadata: failed });
    const reply = await harness.post('/mcp/a', { ...INITIALIZE, id: 'x-1' });
    expect(reply.status).to.equal(503);
    expect(reply.headers.get('retry-after')).to.equal('2');
    const { id, error } = await answerOf(reply);
    expect(id).to.equal('x-1');
    expect(error.message).to.contain('a is failed on node-1 (spawn nope ENOENT)');
    expect(error.data.code).to.equal('MCPHUB_NO_NODE');
  });

  it('does not send a tool call twice when the node reset the connection after bytes were sent', async () => {
    harness = await startHarness();
    const node = await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp');
    node.behaviours.set('die', (req) => req.socket.destroy());
    node.seen.length = 0;
    const reply = await harness.post('/mcp', toolCall(0, 'die'), { 'mcp-session-id': id });
    expect(reply.status).to.equal(200);
    const { id: rpcId, error } = await answerOf(reply);
    expect(rpcId).to.equal(0);
    expect(error).to.nested.include({ code: -32603, 'data.node': 'node-1', 'data.retryable': false });
    expect(node.seen.filter(({ method }) => method === 'POST')).to.have.length(1);
  });

  it('sends a request that is free of side effects again after a reset', async () => {
    harness = await startHarness();
    const node = await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp');
    let resets = 0;
    node.override = (req, _res, body) => {
      if (!body.includes('tools/list') || resets > 0) return false;
      resets++;
      req.socket.destroy();
      return true;
    };
    const list = { jsonrpc: '2.0', id: 4, method: 'tools/list' };
    const reply = await harness.post('/mcp', list, { 'mcp-session-id': id });
    expect(reply.status).to.equal(200);
    expect(resets).to.equal(1);
  });

  it('answers every pending id of an open stream when its node is lost', async () => {
    harness = await startHarness();
    const node = await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp');
    node.behaviours.set('stream', (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('event: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n');
      res.write('data: {"jsonr', () => res.destroy());
    });
    const reply = await harness.post('/mcp', toolCall(9, 'stream'), { 'mcp-session-id': id });
    expect(reply.status).to.equal(200);
    const text = await reply.text();
    const last = text.trimEnd().split('\n\n').at(-1) ?? '';
    const error = JSON.parse(last.replace(/^data: /, ''));
    expect(error).to.deep.include({ jsonrpc: '2.0', id: 9 });
    expect(error.error.code).to.equal(-32603);
  });

  it('answers with the id of a request whose body was too long to be held', async () => {
    harness = await startHarness();
    const node = await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp');
    node.override = (req) => req.socket.destroy() !== undefined;
    const message = {
      method: 'tools/call',
      params: { name: 'x', arguments: { text: 'y'.repeat(200_000) } },
      jsonrpc: '2.0',
      id: 31,
    };
    const reply = await harness.post('/mcp', message, { 'mcp-session-id': id });
    expect(reply.status).to.equal(200);
    expect(await answerOf(reply))
      .to.deep.include({ id: 31 })
      .and.nested.include({ 'error.data.code': 'MCPHUB_NODE_LOST' });
  });

  it('answers what was posted to an HTTP+SSE session when its node is lost', async () => {
    harness = await startHarness();
    const node = await harness.addNode('node-1', ['a']);
    const stream = await fetch(`${harness.coordinator.url}/sse`);
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    const endpoint = /data: (\S+)/.exec((await reader.read()).value ?? '')?.[1] ?? '';
    node.override = (_req, res) => res.writeHead(202).end() !== undefined;
    expect((await harness.post(endpoint, toolCall(41, 'x'))).status).to.equal(202);
    for (const open of node.openStreams) open.destroy();
    const { value } = await reader.read();
    expect(JSON.parse((value ?? '').replace(/^data: /, '')))
      .to.deep.include({ id: 41 })
      .and.nested.include({ 'error.code': -32603 });
    expect((await reader.read()).done).to.equal(true);
    node.override = undefined;
    expect((await harness.post(endpoint, toolCall(42, 'x'))).status).to.equal(404);
  });

  it('does not pass a cut-off JSON answer as a whole one', async () => {
    harness = await startHarness();
    const node = await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp');
    node.behaviours.set('cut', (_req, res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      res.write('{"jsonrpc":"2.0",', () => res.destroy());
    });
    const reply = await harness.post('/mcp', toolCall(9, 'cut'), { 'mcp-session-id': id });
    const failed = await reply.text().then(
      () => false,
      () => true,
    );
    expect(failed).to.equal(true);
  });

  it('moves a new session on when a node says 503', async () => {
    harness = await startHarness();
    const busy = await harness.addNode('node-1', ['a']);
    busy.override = (_req, res) => {
      res.writeHead(503).end();
      return true;
    };
    await harness.addNode('node-2', ['a']);
    for (let i = 0; i < 6; i++) {
      const { response } = await harness.open('/mcp');
      expect((await answerOf(response)).result.serverInfo.name).to.equal('node-2');
    }
  });

  it('keeps sessions over a restart of the coordinator, even before their node has been heard of again', async () => {
    const first = await startHarness({ secrets: () => ['s'] });
    const node = await first.addNode('node-1', ['a']);
    const { id } = await first.open('/mcp');
    await first.coordinator.stop();
    harness = await startHarness({ secrets: () => ['s'] });
    harness.nodes.push(node);
    const pending = harness.post('/mcp', toolCall(5, 'echo'), { 'mcp-session-id': id });
    await harness.heartbeat(node, ['a']);
    expect((await answerOf(await pending)).result.node).to.equal('node-1');
  });
});

describe('router: remedies', () => {
  const failure = {
    kind: 'lost',
    bound: true,
    silent: false,
    sendable: true,
    repeatable: true,
    answered: false,
    attempts: 1,
  } as const;
  const body = (...methods: string[]) =>
    Buffer.from(
      JSON.stringify(methods.map((method, id) => ({ jsonrpc: '2.0', id, method, params: { name: 'safe' } }))),
    );

  it('tells refused, unreachable and lost apart', () => {
    const error = (code: string) => Object.assign(new Error(code), { code });
    expect(failureKind(error('ECONNREFUSED'), false)).to.equal('refused');
    expect(failureKind(error('UND_ERR_CONNECT_TIMEOUT'), false)).to.equal('unreachable');
    expect(failureKind(error('ECONNREFUSED'), true)).to.equal('lost');
  });
  it('repeats a batch only if every request in it is free of side effects', () => {
    expect(isRepeatable('POST', body('ping', 'tools/list'))).to.equal(true);
    expect(isRepeatable('POST', body('ping', 'tools/call'))).to.equal(false);
    expect(isRepeatable('POST', body('ping', 'tools/call'), (name) => name === 'safe')).to.equal(true);
    expect(isRepeatable('POST', body('tools/call'), (name) => name !== 'safe')).to.equal(false);
    expect(isRepeatable('POST', Buffer.from('{'))).to.equal(false);
    expect(isRepeatable('POST', false)).to.equal(false);
    expect(isRepeatable('DELETE', undefined)).to.equal(true);
  });
  it('sends again what is repeatable, and reports what is not', () => {
    expect(remedyOf(failure)).to.equal('again');
    expect(remedyOf({ ...failure, repeatable: false })).to.equal('report');
    expect(remedyOf({ ...failure, sendable: false })).to.equal('report');
  });
  it('does not repeat without end, nor after the answer has begun', () => {
    expect(remedyOf({ ...failure, attempts: 4 })).to.equal('report');
    expect(remedyOf({ ...failure, answered: true })).to.equal('report');
  });
  it('gives a session that only its node has up only when that process is gone', () => {
    expect(remedyOf({ ...failure, kind: 'refused' })).to.equal('session-gone');
    expect(remedyOf({ ...failure, kind: 'unreachable' })).to.equal('unavailable');
    expect(remedyOf({ ...failure, kind: 'unreachable', silent: true })).to.equal('session-gone');
  });
  it('sends what was not begun elsewhere, as long as it is still there to be sent', () => {
    for (const kind of ['refused', 'unreachable'] as const) {
      expect(remedyOf({ ...failure, kind, bound: false, repeatable: false })).to.equal('again');
      expect(remedyOf({ ...failure, kind, bound: false, sendable: false })).to.equal('unavailable');
    }
  });
});
