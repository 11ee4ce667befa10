import { expect } from 'chai';
import { RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

describe('the metrics of a node', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  it('do not miscount calls, sessions, streams or servers', async () => {
    const { url, metrics } = await nodes.start({
      mcpServers: { a: echoServer(), missing: { command: 'no-such-command' }, off: echoServer([], { enabled: false }) },
    });
    const session = await RawSession.open(`${url}/mcp`);
    await RawSession.open(`${url}/mcp/a`);
    const stream = await session.listen();
    await session.call('a-echo');
    await session.call('a-echo');
    await session.request('tools/call', { name: 'a-refuse' });
    await session.request('tools/call', { name: 'a-fail' });
    await session.request('tools/call', { name: 'a-exit' });
    await session.request('no/such/method');
    while ((await session.request('tools/call', { name: 'a-pid' })).body?.error !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const sleeping = session.request('tools/call', { name: 'a-sleep', arguments: { ms: 60_000 } });
    await until(async () => (await session.call('a-heard')).includes('call sleep'));
    const text = await metrics.metrics();
    for (const line of [
      'mcphub_node_tool_calls_total{server="a",tool="echo",outcome="ok"} 2',
      'mcphub_node_tool_calls_total{server="a",tool="refuse",outcome="tool_error"} 1',
      'mcphub_node_tool_calls_total{server="a",tool="fail",outcome="error"} 1',
      'mcphub_node_requests_total{method="other",outcome="error"} 1',
      'mcphub_node_requests_in_flight 1',
      'mcphub_node_sessions 2',
      'mcphub_node_open_streams 1',
      'mcphub_node_server_up{server="a"} 1',
      'mcphub_node_server_up{server="missing"} 0',
      'mcphub_node_server_restarts{server="a"} 1',
      'mcphub_node_servers{status="connected"} 1',
      'mcphub_node_servers{status="failed"} 1',
      'mcphub_node_servers{status="disabled"} 1',
    ]) {
      expect(text).to.include(`\n${line}\n`);
    }
    expect(text).to.match(/mcphub_node_request_duration_seconds_count\{method="tools\/call"\} \d+/);
    expect(text).to.not.include(session.id);
    await session.call('a-wake');
    await sleeping;
    stream.close();
  });
});
