import { expect } from 'chai';
import { LISTS, type ListKind } from '../../node/catalog/lists.ts';
import { ask } from '../matrix/modern-wire.ts';
import { connectV1, RawSession, type RpcReply } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

const KINDS = Object.keys(LISTS) as ListKind[];

describe('a list that its server answers with an error', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  it('is an error on the route of the server, and named elsewhere, for all lists, in both eras', async () => {
    const mcpServers = { bad: echoServer(['fail-lists']), good: echoServer() };
    const { url } = await nodes.start({ mcpServers });
    for (const kind of KINDS) {
      const { method, field } = LISTS[kind];
      const asked: [string, () => Promise<RpcReply>][] = ['/mcp/bad', '/mcp'].flatMap(
        (path): [string, () => Promise<RpcReply>][] => [
          [path, async () => (await RawSession.open(`${url}${path}`)).request(method)],
          [path, () => ask(`${url}${path}`, { method })],
        ],
      );
      for (const [path, answer] of asked) {
        const { body } = await answer();
        if (path === '/mcp/bad')
          expect(body?.error, method).to.deep.equal({
            code: -32050,
            message: `no ${method} today`,
            data: { why: 'x' },
          });
        else {
          expect(body?.result?._meta, method).to.deep.include({ 'mcphub.io/partial': ['bad'] });
          expect(body?.result?.[field], method).to.have.length.greaterThan(0);
        }
      }
    }
    const client = await connectV1(`${url}/mcp/bad`);
    expect(await client.listTools().catch((error: Error) => error.message)).to.include('no tools/list today');
    await client.close();
    const lists = await RawSession.open(`${url}/mcp/bad`);
    expect(await lists.call('echo', { message: 'works' })).to.equal('works');
  });

  it('is no error where the server only lacks the method, unless it says that it has tools', async () => {
    const mcpServers = { none: echoServer(['fail-lists=-32601']) };
    const { url } = await nodes.start({ mcpServers });
    const session = await RawSession.open(`${url}/mcp/none`);
    expect((await session.request('tools/list')).body?.error?.code).to.equal(-32601);
    for (const kind of ['prompts', 'resources', 'templates'] as const) {
      expect((await session.request(LISTS[kind].method)).body?.result?.[LISTS[kind].field]).to.deep.equal([]);
    }
  });
});

describe('a list that a server of another node answers with an error', () => {
  let cluster: Cluster;
  before(async function () {
    this.timeout(60_000);
    const bad = script('hub-echo', {}, '--fail-lists');
    cluster = await startCluster({
      nodes: [{ settings: hosting({ bad }) }, { settings: hosting({ good: script('hub-echo') }) }],
    });
  });
  after(async function () {
    this.timeout(30_000);
    await cluster?.stop();
  });

  it('is one there, too, and stands in the status', async function () {
    this.timeout(60_000);
    const told = await cluster.until('the reason in the report of the node', (rows) =>
      rows.some(({ metadata }) => JSON.stringify(metadata).includes('tools/list failed: no tools/list today')),
    );
    expect(JSON.stringify(told)).to.include('resources/templates/list failed');
    for (const node of ['node-1', 'node-2']) {
      const headers = { 'x-mcphub-node': node };
      expect((await ask(`${cluster.url}/mcp/bad`, { method: 'tools/list', headers })).body?.error?.code).to.equal(
        -32050,
      );
    }
  });
});
