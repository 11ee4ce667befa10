import { expect } from 'chai';
import { ask, headersOf } from '../matrix/modern-wire.ts';
import { connectV1, textOf } from '../support/clients.ts';
import { type Cluster, hosting, startCluster } from '../support/cluster.ts';
import { RemoteFixture } from '../support/servers/remote.ts';

const KEY = 'key-of-a-client';

describe('a call to a remote server', () => {
  let cluster: Cluster;
  const remote = new RemoteFixture();
  before(async function () {
    this.timeout(60_000);
    await remote.start();
    const entry = { type: 'streamable-http', url: remote.url, headers: { 'X-Entry': 'entry' } };
    cluster = await startCluster({
      coordinator: { settings: { bearerKeys: [{ token: KEY }] } },
      nodes: [
        {
          settings: hosting({
            closed: entry,
            tenant: { ...entry, passthroughHeaders: ['X-Tenant'] },
            trusting: { ...entry, passthroughHeaders: ['authorization'] },
          }),
        },
        { settings: hosting({}) },
      ],
    });
  });
  after(async function () {
    this.timeout(30_000);
    await cluster?.stop();
    await remote.stop();
  });

  const sent = { authorization: `Bearer ${KEY}`, 'x-tenant': 'acme', 'x-other': 'other', 'x-entry': 'forged' };

  /** Headers with which the newest tool call reached the server. */
  function arrived(): Record<string, unknown> {
    const call = remote.seen.findLast(({ message }) => message.method === 'tools/call');
    return { ...call?.headers };
  }

  const callers: Record<string, (server: string) => Promise<void>> = {
    'a session': async (server) => {
      const client = await connectV1(`${cluster.url}/mcp/${server}`, { headers: sent });
      expect(textOf(await client.callTool({ name: 'any', arguments: {} }))).to.equal('plain');
      await client.close();
    },
    'a request without one': async (server) => {
      const request = { method: 'tools/call', params: { name: 'any', arguments: {} } };
      const { body } = await ask(`${cluster.url}/mcp/${server}`, {
        ...request,
        headers: { ...headersOf(request), ...sent },
      });
      expect(textOf(body?.result)).to.equal('plain');
    },
  };

  for (const [who, call] of Object.entries(callers)) {
    it(`does not carry what its client sent, least of all its key, unless settings name it (${who})`, async () => {
      await call('closed');
      expect(arrived()).to.include({ 'x-entry': 'entry' });
      expect(arrived()).not.to.have.any.keys('authorization', 'x-tenant', 'x-other', 'x-mcphub-authorization');
      await call('tenant');
      expect(arrived()).to.include({ 'x-tenant': 'acme' });
      expect(arrived()).not.to.have.any.keys('authorization', 'x-other');
      await call('trusting');
      // It is the key of the hub.
      expect(arrived()).not.to.have.any.keys('authorization', 'x-tenant', 'x-other');
    });

    it(`is not lost because the server forgot its session, nor made twice (${who})`, async () => {
      const opened = remote.sessions;
      let refused = 0;
      remote.handlers['tools/call'] = (_seen, res) => {
        refused += 1;
        delete remote.handlers['tools/call'];
        res.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"no such session"}');
      };
      const before = remote.seen.filter(({ message }) => message.method === 'tools/call').length;
      await call('closed');
      expect(refused).to.equal(1);
      expect(remote.sessions).to.equal(opened + 1);
      const made = remote.seen.filter(({ message }) => message.method === 'tools/call').length - before;
      expect(made).to.equal(2);
    });
  }
});

describe('a call to a remote server that gets the Authorization of its client', () => {
  let cluster: Cluster;
  const remote = new RemoteFixture();
  before(async function () {
    this.timeout(60_000);
    await remote.start();
    const entry = { type: 'streamable-http', url: remote.url, passthroughHeaders: ['authorization'] };
    cluster = await startCluster({ nodes: [{ settings: hosting({ trusting: entry }) }] });
  });
  after(async function () {
    this.timeout(30_000);
    await cluster?.stop();
    await remote.stop();
  });

  it('carries it where the hub itself asks for no key', async () => {
    const headers = { authorization: 'Bearer of-the-server' };
    const client = await connectV1(`${cluster.url}/mcp/trusting`, { headers });
    await client.callTool({ name: 'any', arguments: {} });
    const call = remote.seen.findLast(({ message }) => message.method === 'tools/call');
    expect(call?.headers).to.include(headers);
    await client.close();
  });
});
