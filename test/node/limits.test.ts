import { expect } from 'chai';
import { initialize, post, RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

describe('the limits of a node', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  const settings = (limits: object) => ({
    mcpServers: { shared: echoServer() },
    systemConfig: { cluster: { limits } },
  });
  const sleep = { name: 'sleep', arguments: { ms: 60_000 } };

  it('do not let a session pile up calls: those too many are refused with Retry-After, none of them begun', async () => {
    const { url, metrics } = await nodes.start(settings({ callsPerSession: 2 }));
    const session = await RawSession.open(`${url}/mcp/shared`);
    const [one, two] = [session.request('tools/call', sleep), session.request('tools/call', sleep)];
    const other = await RawSession.open(`${url}/mcp/shared`);
    await until(async () => (await other.call('heard')).split('call sleep').length === 3);
    const refused = await session.request('ping');
    expect([refused.status, refused.headers['retry-after']]).to.eql([429, '2']);
    expect(refused.body?.error?.data).to.include({ code: 'MCPHUB_CALL_LIMIT', retryAfter: 2 });
    expect(refused.body?.error?.message).to.include('2 requests').and.to.include('over 2');
    expect(await metrics.metrics()).to.include('mcphub_node_limit_refusals_total{limit="calls"} 1');
    await other.call('wake');
    await Promise.all([one, two]);
    expect((await session.request('ping')).status).to.equal(200);
  });

  it('do not let a batch past: all of its requests get the error', async () => {
    const { url } = await nodes.start(settings({ callsPerSession: 2 }));
    const headers = { 'mcp-protocol-version': '2025-03-26' };
    const params = { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 't', version: '1' } };
    const opened = await post(`${url}/mcp/shared`, { jsonrpc: '2.0', id: 0, method: 'initialize', params });
    const batch = [1, 2, 3].map((id) => ({ jsonrpc: '2.0', id, method: 'ping' }));
    const id = String(opened.headers['mcp-session-id']);
    const reply = await post(`${url}/mcp/shared`, batch, { ...headers, 'mcp-session-id': id });
    expect(reply.status).to.equal(429);
    expect((JSON.parse(reply.text) as { id: number }[]).map((answer) => answer.id)).to.eql([1, 2, 3]);
  });

  it('do not let sessions fill the memory where no coordinator can have them re-created: one too many goes to another node', async () => {
    const { url, metrics } = await nodes.start(settings({ sessionsPerNode: 1 }));
    const session = await RawSession.open(`${url}/mcp/shared`);
    const refused = await post(`${url}/mcp/shared`, initialize());
    expect([refused.status, refused.headers['x-mcphub-not-started']]).to.eql([503, 'limit']);
    // When the other one expires.
    expect(Number(refused.headers['retry-after'])).to.be.within(3_590, 3_600);
    expect(refused.body?.error?.data).to.include({ code: 'MCPHUB_SESSION_LIMIT' });
    expect(await metrics.metrics()).to.include('mcphub_node_limit_refusals_total{limit="sessions"} 1');
    await session.close();
    await RawSession.open(`${url}/mcp/shared`);
  });
});
