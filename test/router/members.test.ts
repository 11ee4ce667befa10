import { expect } from 'chai';
import { pin } from '../../cluster/pinned.ts';
import { nodeTag } from '../../cluster/tag.ts';
import { answerOf, type Harness, type HarnessOptions, startHarness } from './support/harness.ts';
import { addModernNode, askModern, type ModernNode, nodeThatAnswers } from './support/modern.ts';

describe('router: members of the cluster ask for servers of other nodes', () => {
  let harness: Harness;
  let asking: ModernNode;
  afterEach(() => harness.stop());

  const bearerKeys = [
    { id: 'root', token: 'k-all', accessType: 'all' },
    { id: 'only', token: 'k-a', accessType: 'servers', allowedServers: ['a'] },
  ];
  async function begin(options: HarnessOptions = {}): Promise<void> {
    harness = await startHarness({ clusterTokens: () => ['t1', 't2'], ...options });
    asking = await addModernNode(harness, 'asking', ['a', 'b']);
  }
  const peer = (extra: Record<string, string> = {}) => ({
    'x-mcphub-cluster-token': 't2',
    'x-mcphub-peer': asking.tag,
    ...extra,
  });
  const call = (path: string, headers: Record<string, string>, params: Record<string, unknown> = { name: 't' }) =>
    askModern(harness, path, 'tools/call', params, headers, 'id-7');

  it('lets a member in that no browser could be: any Host and Origin, no key, every target', async () => {
    await begin({ settings: { bearerKeys, systemConfig: { routing: { enableGlobalRoute: false } } } });
    await addModernNode(harness, 'other', ['a', 'b']);
    const headers = { origin: 'https://evil.example.com', 'x-mcphub-principal': 'hash-1', ...peer() };
    for (const path of ['/mcp/a', '/mcp/b', '/mcp']) {
      expect((await answerOf(await call(path, headers))).result.node, path).to.equal('other');
    }
    expect(harness.nodes[1]?.seen.at(-1)?.headers).to.include({
      'x-mcphub-principal': 'hash-1',
      'x-mcphub-peer': asking.tag,
      'x-mcphub-cluster-token': 't1',
    });
  });

  it('lets nobody in with a token that is not of the cluster, whatever else they present', async () => {
    await begin({ settings: { bearerKeys } });
    const headers = { 'x-mcphub-cluster-token': 'guessed', authorization: 'Bearer k-all' };
    const reply = await call('/mcp/a', headers);
    expect(reply.status).to.equal(401);
    expect(reply.headers.get('www-authenticate')).to.contain('mcphub-cluster');
    expect((await reply.json()) as object).to.deep.include({ success: false });
    expect(asking.seen).to.deep.equal([]);
  });

  it('takes a request for a client where the cluster has no token: its key is asked for, its claims are dropped', async () => {
    await begin({ clusterTokens: () => [], settings: { bearerKeys } });
    const other = await addModernNode(harness, 'other', ['a']);
    const claims = { ...peer(), 'x-mcphub-principal': 'forged', 'x-mcphub-authorization': 'Bearer forged' };
    expect((await call('/mcp/a', claims)).status).to.equal(401);
    const reply = await call('/mcp/a', { ...claims, authorization: 'Bearer k-a' });
    expect((await answerOf(reply)).result.node).to.equal('other');
    const seen = other.seen.at(-1)?.headers ?? {};
    expect(seen['x-mcphub-principal']).to.match(/^[\w-]{16}$/);
    expect(seen).not.to.have.any.keys('x-mcphub-cluster-token', 'x-mcphub-authorization');
    expect((await call('/mcp/b', { ...claims, authorization: 'Bearer k-a' })).status).to.equal(403);
  });

  it('does not believe a client that says for whom it asks, and tells nodes the hash of its key', async () => {
    await begin({ settings: { bearerKeys } });
    const forged = { 'x-mcphub-principal': 'forged', 'x-mcphub-authorization': 'Bearer forged' };
    const hashes = new Set<unknown>();
    for (const token of ['k-all', 'k-a', 'k-a']) {
      expect((await call('/mcp/a', { ...forged, authorization: `Bearer ${token}` })).status).to.equal(200);
      const { headers } = asking.seen.at(-1) ?? {};
      hashes.add(headers?.['x-mcphub-principal']);
      expect(headers).not.to.have.any.keys('x-mcphub-authorization', 'authorization');
    }
    expect(hashes.size).to.equal(2);
    expect([...hashes].join()).not.to.contain('forged');
  });

  it('never sends a request back to the node that asks, not even one that is pinned to it', async () => {
    await begin();
    await addModernNode(harness, 'other', ['a']);
    for (let i = 0; i < 20; i++) {
      expect((await answerOf(await call('/mcp/a', peer()))).result.node).to.equal('other');
    }
    const params = { name: 't', requestState: pin(asking.tag, 's.x') };
    expect((await answerOf(await call('/mcp/a', peer(), params))).result.node).to.equal('other');
    const stateId = { 'x-mcphub-state-id': 'one' };
    expect((await answerOf(await call('/mcp/a', peer(stateId)))).result.node).to.equal('other');
  });

  it('sends no other node what a member wants of one, also when that one is gone, and does not let clients choose', async () => {
    await begin();
    const others = [await addModernNode(harness, 'other', ['a']), await addModernNode(harness, 'third', ['a'])];
    for (const { id, tag } of [...others, ...others]) {
      const reply = await call('/mcp/a', peer({ 'x-mcphub-to': tag }));
      expect((await answerOf(reply)).result.node).to.equal(id);
    }
    for (const to of ['nobody', asking.tag]) {
      const reply = await call('/mcp/a', peer({ 'x-mcphub-to': to }));
      expect([reply.status, (await answerOf(reply)).error.data.code]).to.eql([503, 'MCPHUB_NO_NODE']);
    }
    expect((await call('/mcp/a', { 'x-mcphub-to': 'nobody' })).status).to.equal(200);
  });

  it('answers a member at once when no other node has the server: its client waits already', async () => {
    await begin();
    const begun = performance.now();
    for (const id of ['a', 'b']) {
      const reply = await call(`/mcp/${id}`, peer());
      expect(reply.status).to.equal(503);
      const { id: rpcId, error } = await answerOf(reply);
      expect([rpcId, error.data.code]).to.deep.equal(['id-7', 'MCPHUB_NO_NODE']);
    }
    await harness.addNode('original', ['a']);
    expect((await call('/mcp/a', peer())).status).to.equal(503);
    expect(performance.now() - begun).to.be.below(1_000);
  });

  it('tries the next node for a member when one has not begun, and then says so instead of waiting', async () => {
    await begin();
    const other = await addModernNode(harness, 'other', ['a']);
    other.behave = (_req, res) => void res.writeHead(503, { 'x-mcphub-not-started': 'draining' }).end();
    expect((await call('/mcp/a', peer())).status).to.equal(503);
    await other.report(['a']);
    await addModernNode(harness, 'third', ['a']);
    for (let i = 0; i < 10; i++) expect((await answerOf(await call('/mcp/a', peer()))).result.node).to.equal('third');
  });

  it('hands the key of a client to no node', async () => {
    await begin({ settings: { bearerKeys } });
    const authorization = 'Bearer k-all';
    for (const path of ['/mcp/a', '/mcp']) {
      await call(path, { authorization });
      expect(asking.seen.at(-1)?.headers).not.to.have.any.keys('authorization', 'x-mcphub-authorization');
    }
    const original = await harness.addNode('original', ['c']);
    await harness.open('/mcp/c', { authorization });
    expect(original.seen.at(-1)?.headers).not.to.have.any.keys('authorization', 'x-mcphub-authorization');
  });

  it('passes on what a member says of its client, and lets no answer tell a client of it', async () => {
    await begin({ settings: { bearerKeys } });
    const other = await addModernNode(harness, 'other', ['a']);
    const { behave } = other;
    other.behave = (req, res, id) => {
      for (const name of ['x-mcphub-principal', 'x-mcphub-authorization', 'x-mcphub-peer']) res.setHeader(name, 'x');
      behave(req, res, id);
    };
    const reply = await call(
      '/mcp/a',
      peer({ 'x-mcphub-authorization': 'Bearer its-own', authorization: 'Bearer k-all' }),
    );
    expect(other.seen.at(-1)?.headers).to.include({
      'x-mcphub-authorization': 'Bearer its-own',
      'x-mcphub-principal': '',
    });
    for (const name of ['x-mcphub-principal', 'x-mcphub-authorization', 'x-mcphub-peer']) {
      expect(reply.headers.get(name)).to.equal(null);
    }
  });

  it('asks nodes for the same state id alike, whether the client or another node asks', async () => {
    await begin({ settings: { bearerKeys } });
    for (const id of ['n1', 'n2', 'n3', 'n4']) await addModernNode(harness, id, ['c']);
    const params = { name: 't' };
    for (let i = 0; i < 10; i++) {
      const stateId = { 'x-mcphub-state-id': `s-${i}` };
      const own = { ...stateId, authorization: 'Bearer k-all' };
      const direct = await nodeThatAnswers(harness, '/mcp/c', 'tools/call', params, own);
      const seen = harness.nodes.find(({ id }) => id === direct)?.seen.at(-1)?.headers['x-mcphub-principal'];
      const hop = peer({ ...stateId, 'x-mcphub-principal': String(seen) });
      expect(await nodeThatAnswers(harness, '/mcp/c', 'tools/call', params, hop)).to.equal(direct);
    }
  });

  it('lets a client restrict its own request to what one node has, and nothing else by the header', async () => {
    await begin();
    const other = await addModernNode(harness, 'other', ['a']);
    const reply = await call('/mcp/a', { 'x-mcphub-peer': nodeTag('asking') });
    expect((await answerOf(reply)).result.node).to.equal('other');
    expect(other.seen.at(-1)?.headers).to.include({ 'x-mcphub-peer': nodeTag('asking') });
  });
});
