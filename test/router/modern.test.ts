import { expect } from 'chai';
import { pin } from '../../cluster/pinned.ts';
import { nodeTag } from '../../cluster/tag.ts';
import { ShownNames } from '../../settings/shown-names.ts';
import { startForeignNode } from './support/foreign-node.ts';
import { answerOf, type Harness, startHarness } from './support/harness.ts';
import { addModernNode, askModern, type ModernNode, modernHeaders, nodeThatAnswers } from './support/modern.ts';

describe('router: where requests without sessions go', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  async function nodes(count: number, servers: string[], metadata?: Record<string, unknown>): Promise<ModernNode[]> {
    const made: ModernNode[] = [];
    for (let i = 1; i <= count; i++) made.push(await addModernNode(harness, `node-${i}`, servers, metadata));
    return made;
  }

  it('brings a task back to the node that made it, also one that drains, and with an id in base64', async () => {
    harness = await startHarness();
    const [, second] = await nodes(3, ['a']);
    await second?.report(['a'], { draining: true });
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      const params = { taskId: pin(second?.tag ?? '', 't.a.1') };
      for (let i = 0; i < 5; i++) expect(await nodeThatAnswers(harness, '/mcp/a', method, params)).to.equal('node-2');
      const base64 = `=?base64?${Buffer.from(params.taskId).toString('base64')}?=`;
      const headers = { 'mcp-name': base64 };
      for (let i = 0; i < 5; i++)
        expect(await nodeThatAnswers(harness, '/mcp/a', method, params, headers)).to.equal('node-2');
    }
    expect(await nodeThatAnswers(harness, '/mcp/a', 'tools/call', { name: 't' })).not.to.equal('node-2');
  });

  it('brings requestState back to the node that minted it, also behind 3 MiB of arguments', async function () {
    this.timeout(20_000);
    harness = await startHarness();
    const [, second] = await nodes(3, ['a']);
    const requestState = pin(second?.tag ?? '', pin(nodeTag('node-9'), 's.x'));
    for (const size of [1, 3 * 1024 * 1024]) {
      const params = { name: 't', arguments: { text: 'y'.repeat(size) }, requestState };
      for (let i = 0; i < 5; i++)
        expect(await nodeThatAnswers(harness, '/mcp/a', 'tools/call', params)).to.equal('node-2');
    }
  });

  it('answers by another node when the one that minted a state is gone, instead of not at all', async () => {
    harness = await startHarness();
    const [first, second] = await nodes(2, ['a']);
    await second?.stop();
    for (const tag of [second?.tag ?? '', nodeTag('never-was')]) {
      const params = { name: 't', requestState: pin(tag, 's.x') };
      expect(await nodeThatAnswers(harness, '/mcp/a', 'tools/call', params)).to.equal(first?.id);
    }
  });

  it('waits for the node that minted a state while a new coordinator has not heard of all', async () => {
    harness = await startHarness();
    const late = await startForeignNode('late');
    harness.nodes.push(late);
    await addModernNode(harness, 'node-1', ['a'], { members: [nodeTag('late')] });
    const params = { name: 't', requestState: pin(nodeTag('late'), 's.x') };
    const pending = nodeThatAnswers(harness, '/mcp/a', 'tools/call', params);
    late.override = (_req, res) => res.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { node: 'late' } })) && true;
    await harness.register(late, ['a'], { metadata: { tag: nodeTag('late') } });
    expect(await pending).to.equal('late');
  });

  it('sends requests with the same state id to the same node, per key and target, and refuses a bad one', async () => {
    harness = await startHarness({ settings: { bearerKeys: [{ token: 'k1' }, { token: 'k2' }] } });
    await nodes(5, ['a', 'b']);
    const reached = async (path: string, key: string, stateId: string) => {
      const headers = { authorization: `Bearer ${key}`, 'X-MCPHub-State-Id': stateId };
      const names = new Set<string>();
      for (let i = 0; i < 4; i++) {
        names.add(await nodeThatAnswers(harness, path, 'tools/call', { name: 't' }, headers));
      }
      return [...names];
    };
    const all = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const [one, ...others] = await reached('/mcp/a', 'k1', `state-${i}`);
      expect(others).to.deep.equal([]);
      all.add(`${one} ${await reached('/mcp/a', 'k2', `state-${i}`)} ${await reached('/mcp/b', 'k1', `state-${i}`)}`);
    }
    expect(all.size).to.be.greaterThan(8);
    for (const bad of ['a b', 'x'.repeat(129), 'ü']) {
      const headers = { authorization: 'Bearer k1', 'X-MCPHub-State-Id': bad };
      const reply = await askModern(harness, '/mcp/a', 'tools/call', { name: 't' }, headers);
      expect(reply.status, bad).to.equal(400);
      expect((await answerOf(reply)).error.data.code).to.equal('MCPHUB_BAD_STATE_ID');
    }
  });

  it('sends a call to a node that has the server which its name begins with: the longest, by alias too', async () => {
    const servers = [{ name: 'long-name', alias: 'ln' }, { name: 'git' }];
    harness = await startHarness({ settings: { groups: [{ name: 'team', servers }] } });
    await addModernNode(harness, 'most', ['git', 'x', 'y', 'z'], { nameSeparator: '__' });
    await addModernNode(harness, 'long', ['git-hub'], { nameSeparator: '__' });
    await addModernNode(harness, 'short', ['long-name'], { nameSeparator: '__' });
    await addModernNode(harness, 'spaced', ['a b'], { nameSeparator: '__' });
    const reached = async (path: string, method: string, name: string) => {
      const names = new Set<string>();
      for (let i = 0; i < 4; i++) names.add(await nodeThatAnswers(harness, path, method, { name }));
      return [...names].join();
    };
    expect(await reached('/mcp', 'tools/call', 'git-hub-pull')).to.equal('long');
    expect(await reached('/mcp', 'tools/call', 'git-hub__pull')).to.equal('long');
    expect(await reached('/mcp', 'prompts/get', 'git-pull')).to.equal('most');
    expect(await reached('/mcp', 'tools/call', 'long-name-x')).to.equal('short');
    expect(await reached('/mcp/team', 'tools/call', 'ln__x')).to.equal('short');
    // Derived names, of which portable ones have other characters than their servers.
    for (const name of ['x.y', 'l'.repeat(70), 'hub__x']) {
      for (const portable of [true, false]) {
        const prefixes = ['git', 'x', 'y', 'z', 'git-hub', 'long-name', 'a b'];
        const shown = new ShownNames(prefixes, { separator: '__', portable });
        expect(await reached('/mcp', 'tools/call', shown.shown('long-name', name))).to.equal('short');
        expect(await reached('/mcp', 'tools/call', shown.shown('git-hub', name))).to.equal('long');
        expect(await reached('/mcp', 'tools/call', shown.shown('a b', name))).to.equal('spaced');
      }
    }
    for (const name of ['-', '__x', 'nope-x', 'x', ''])
      expect(await reached('/mcp', 'tools/call', name)).to.equal('most');
  });

  it('gives a call to the node that is less busy, not to the one with fewer sessions', async () => {
    harness = await startHarness();
    const [busy] = await nodes(2, ['a']);
    const waiting: (() => void)[] = [];
    for (const node of harness.nodes as ModernNode[]) {
      const { behave } = node;
      node.behave = (req, res, id) => void waiting.push(() => behave(req, res, id));
    }
    await busy?.report(['a'], { sessions: 1_000 });
    const calls = Array.from({ length: 40 }, () => nodeThatAnswers(harness, '/mcp/a', 'tools/call', { name: 't' }));
    while (waiting.length < 40) await new Promise((resolve) => setImmediate(resolve));
    for (const finish of waiting) finish();
    const names = await Promise.all(calls);
    expect(names.filter((name) => name === 'node-1')).to.have.length(20);
  });

  it('does not count streams that stay open as work: a node without any would get all calls', async () => {
    harness = await startHarness();
    const [first] = await nodes(1, ['a']);
    if (first !== undefined)
      first.behave = (_req, res) => void res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    const streams = await Promise.all(
      Array.from({ length: 10 }, (_, i) => askModern(harness, '/mcp/a', 'subscriptions/listen', {}, {}, `l${i}`)),
    );
    if (first !== undefined)
      first.behave = (_req, res, id) => void res.end(JSON.stringify({ id, result: { node: 'node-1' } }));
    await addModernNode(harness, 'node-2', ['a']);
    const names = new Set<string>();
    for (let i = 0; i < 40; i++) names.add(await nodeThatAnswers(harness, '/mcp/a', 'tools/call', { name: 't' }));
    expect([...names].sort()).to.deep.equal(['node-1', 'node-2']);
    for (const { body } of streams) await body?.cancel();
  });

  it('does not ask a node of the original branch, which does not know the revision, while one of ours can', async () => {
    harness = await startHarness();
    await harness.addNode('original', ['a', 'b', 'c']);
    await nodes(1, ['a']);
    for (let i = 0; i < 10; i++) expect(await nodeThatAnswers(harness, '/mcp', 'tools/list')).to.equal('node-1');
  });

  it('does not choose a node any more that has just said that it drains', async () => {
    harness = await startHarness();
    const [first] = await nodes(2, ['a']);
    expect(await nodeThatAnswers(harness, '/mcp/a', 'tools/list')).to.be.a('string');
    let refused = 0;
    if (first !== undefined) {
      first.behave = (_req, res) => {
        refused++;
        res.writeHead(503, { 'x-mcphub-not-started': 'draining' }).end();
      };
    }
    for (let i = 0; i < 20; i++) {
      expect(await nodeThatAnswers(harness, '/mcp/a', 'tools/call', { name: 't' })).to.equal('node-2');
    }
    expect(refused).to.equal(1);
  });

  it('gives requests to a silent node again as soon as it is heard', async () => {
    const settings = { systemConfig: { cluster: { coordinator: { nodeTimeout: 100, cleanupInterval: 50 } } } };
    harness = await startHarness({ settings, timings: { placementTimeout: 50 } });
    const [node] = await nodes(1, ['a']);
    const status = async () => (await askModern(harness, '/mcp/a', 'tools/call', { name: 't' })).status;
    while ((await status()) !== 503) await new Promise((resolve) => setTimeout(resolve, 20));
    await node?.report(['a']);
    expect(await status()).to.equal(200);
  });

  it('takes nothing but POST from modern clients, which have no session to listen to or to end', async () => {
    harness = await startHarness();
    await nodes(1, ['a']);
    for (const method of ['GET', 'DELETE']) {
      const reply = await fetch(`${harness.coordinator.url}/mcp/a`, { method, headers: modernHeaders('ping') });
      expect([reply.status, reply.headers.get('allow')]).to.deep.equal([405, 'POST']);
    }
  });
});
