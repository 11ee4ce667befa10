import { expect } from 'chai';
import { closeSockets, connectV1, openEvents, post, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';

describe('targets and the nodes that serve them', function () {
  this.timeout(30_000);
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster({
      coordinator: {
        settings: {
          groups: [
            { id: '0b0e7c1e-6a35-4a55-8d0f-000000000001', name: 'pair', servers: ['tools', 'only1'] },
            { id: 'g-part', name: 'part', servers: [{ name: 'tools', tools: ['whoami', 'echo'] }] },
          ],
        },
      },
      nodes: [
        { settings: hosting({ tools: script('cluster-tools'), only1: script('cluster-tools') }) },
        { settings: hosting({ tools: script('cluster-tools') }, { groups: [{ name: 'own', servers: ['tools'] }] }) },
      ],
    });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  const open = (target: string) => RawSession.open(`${cluster.url}/mcp${target}`);

  async function toolNames(session: RawSession): Promise<string[]> {
    const { body } = await session.request('tools/list');
    const tools = (body?.result?.tools ?? []) as { name: string }[];
    return tools.map(({ name }) => name);
  }

  it('does not open a session on a node that lacks the server', async () => {
    for (let i = 0; i < 8; i++) expect(await (await open('/only1')).call('whoami')).to.equal('node-1');
  });

  it('does not pin all clients of one address and user agent to one node', async () => {
    const homes = new Set<string>();
    for (let i = 0; i < 12; i++) homes.add(await (await open('/tools')).call('whoami'));
    expect([...homes].sort()).to.eql(['node-1', 'node-2']);
  });

  it('prefers the node that has all servers for the global route', async () => {
    for (let i = 0; i < 4; i++) {
      const session = await open('');
      expect(await session.call('only1-whoami')).to.equal('node-1');
      expect(await toolNames(session)).to.include.members(['tools-whoami', 'only1-whoami']);
    }
  });

  for (const target of ['pair', '0b0e7c1e-6a35-4a55-8d0f-000000000001']) {
    it(`does not answer a fresh client of a group with 503 (${target.length > 10 ? 'by id' : 'by name'})`, async () => {
      const session = await open(`/${target}`);
      expect(await session.call('only1-whoami')).to.equal('node-1');
      expect(await session.call('tools-whoami')).to.equal('node-1');
    });
  }

  it('does not show tools of a group beyond its list', async () => {
    const session = await open('/part');
    expect((await toolNames(session)).sort()).to.eql(['tools-echo', 'tools-whoami']);
    const { body } = await session.request('tools/call', { name: 'tools-pid' });
    expect(body?.error?.message).to.match(/disabled|Unknown tool/);
  });

  it('finds a group that only a node has configured', async () => {
    for (let i = 0; i < 8; i++) expect(await (await open('/own')).call('tools-whoami')).to.equal('node-2');
  });

  it('answers an unknown target with the names of those that exist, under the id of the request', async () => {
    const request = { jsonrpc: '2.0', id: 'first', method: 'initialize', params: {} };
    const { status, body } = await post(`${cluster.url}/mcp/nowhere`, request);
    expect(status).to.equal(404);
    expect(body).to.deep.include({ jsonrpc: '2.0', id: 'first' });
    expect(body?.error?.code).to.equal(-32602);
    expect(body?.error?.message).to.equal(
      'No server or group is called "nowhere"; there are: only1, own, pair, part, tools',
    );
  });

  it('does not bring a POST of HTTP+SSE to another node than its stream, with its body', async () => {
    const homes = new Set<string>();
    for (let i = 0; i < 8; i++) {
      const client = await connectV1(`${cluster.url}/sse/tools`);
      for (let call = 0; call < 3; call++) {
        const message = `${i} ${'x'.repeat(2_000)}`;
        const echoed = await client.callTool({ name: 'echo', arguments: { message } });
        expect(textOf(echoed)).to.equal(message);
      }
      homes.add(textOf(await client.callTool({ name: 'whoami' })));
      await client.close();
    }
    expect([...homes].sort()).to.eql(['node-1', 'node-2']);
  });

  it('ends an HTTP+SSE session with its stream: a later POST is answered with 404', async () => {
    const stream = await openEvents(`${cluster.url}/sse/tools`);
    const [, endpoint = ''] = /data: (\S+)/.exec(await stream.until('endpoint')) ?? [];
    expect(endpoint).to.match(/^\/messages\/tools\?sessionId=/);
    stream.close();
    let status = 202;
    for (let i = 0; i < 50 && status === 202; i++) {
      ({ status } = await post(`${cluster.url}${endpoint}`, { jsonrpc: '2.0', id: 1, method: 'ping' }));
    }
    expect(status).to.equal(404);
  });

  it('does not open a session under another target than its own', async () => {
    const session = await open('/tools');
    const headers = { 'mcp-session-id': session.id };
    const { status, body } = await post(`${cluster.url}/mcp/only1`, { jsonrpc: '2.0', id: 1, method: 'ping' }, headers);
    expect([status, body?.error?.code]).to.eql([404, -32001]);
  });

  it('answers a dead session with 404, not with 400 or from another node', async () => {
    const session = await open('/tools');
    expect(await session.close()).to.equal(200);
    const { status, body } = await session.request('tools/list');
    expect([status, body?.error?.code, body?.error?.message]).to.eql([404, -32001, 'Session not found']);
    expect(body?.id).to.equal(2);
  });

  it('does not lose sessions of a node that is gone: another one that has their server goes on with them', async () => {
    let session = await open('/tools');
    while ((await session.call('whoami')) !== 'node-2') session = await open('/tools');
    await cluster.node('node-2').process.kill('SIGKILL');
    expect((await session.request('tools/list')).status).to.equal(200);
    expect(await session.call('whoami')).to.equal('node-1');
  });
});
