import { expect } from 'chai';
import { META } from '../../mcp/modern.ts';
import { ask, ModernStream } from '../matrix/modern-wire.ts';
import { Nodes } from '../support/node.ts';
import { goneWithin } from '../support/servers/hosting.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';
import { call, mcpServers, NOTE, textOf } from './modern-node.ts';

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';
const TOOLS_CHANGED = 'notifications/tools/list_changed';

describe('subscriptions/listen at a node', function () {
  this.timeout(20_000);
  const nodes = new Nodes();
  const open: ModernStream[] = [];
  afterEach(async () => {
    for (const stream of open.splice(0)) stream.close();
    await nodes.stop();
  });

  async function listen(url: string, notifications: object, id: string | number = 'L'): Promise<ModernStream> {
    const stream = await ModernStream.open(url, { method: 'subscriptions/listen', id, params: { notifications } });
    open.push(stream);
    return stream;
  }

  const everything = { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: [NOTE] };

  it('does not begin with anything but what it will tell, and tells nothing else', async () => {
    const url = `${(await nodes.start({ mcpServers })).url}/mcp/m`;
    const [all, tools, resource] = await Promise.all([
      listen(url, everything, 7),
      listen(url, { toolsListChanged: true, promptsListChanged: false }),
      listen(url, { resourceSubscriptions: [NOTE] }),
    ]);
    // The server has no prompts.
    const { promptsListChanged: _none, ...honoured } = everything;
    for (const [stream, notifications, id] of [
      [all, honoured, 7],
      [tools, { toolsListChanged: true }, 'L'],
      [resource, { resourceSubscriptions: [NOTE] }, 'L'],
    ] as const) {
      await stream.named(ACKNOWLEDGED);
      const _meta = { [META.subscriptionId]: id };
      expect(stream.messages[0]?.params).to.deep.equal({ notifications, _meta });
      expect(stream.response.headers['content-type']).to.equal('text/event-stream');
    }
    expect(textOf(await ask(url, call('grow')))).to.equal('grown_1');
    expect(textOf(await ask(url, call('touch')))).to.equal('touched 1');
    for (const [stream, id] of [
      [all, 7],
      [tools, 'L'],
    ] as const) {
      expect((await stream.named(TOOLS_CHANGED)).params).to.deep.equal({ _meta: { [META.subscriptionId]: id } });
    }
    for (const [stream, id] of [
      [all, 7],
      [resource, 'L'],
    ] as const) {
      const { params } = await stream.named('notifications/resources/updated');
      expect(params).to.deep.equal({ uri: NOTE, _meta: { [META.subscriptionId]: id } });
    }
    const kinds = ({ messages }: ModernStream) => new Set(messages.slice(1).map(({ method }) => method));
    expect(kinds(tools)).to.deep.equal(new Set([TOOLS_CHANGED]));
    expect(kinds(resource)).to.deep.equal(new Set(['notifications/resources/updated']));
    expect(textOf(await ask(url, call('grown_1')))).to.equal('grown_1 answers');
  });

  for (const name of ['m', 'l']) {
    it(`does not miss a change of a resource right after it was acknowledged (${name})`, async () => {
      const url = `${(await nodes.start({ mcpServers })).url}/mcp/${name}`;
      const stream = await listen(url, { resourceSubscriptions: [`matrix://${name}/note`] });
      await stream.named(ACKNOWLEDGED);
      await ask(url, call('touch'));
      await stream.named('notifications/resources/updated');
    });
  }

  it('is told of the process that took the place of one which was lost', async () => {
    const own = echoServer([], { perSessionClient: true });
    const { url } = await nodes.start({ mcpServers: { own } });
    const headers = { 'x-mcphub-state-id': 'heard' };
    const uri = 'echo://fixed';
    const request = {
      method: 'subscriptions/listen',
      id: 'L',
      params: { notifications: { resourceSubscriptions: [uri] } },
    };
    const stream = await ModernStream.open(`${url}/mcp/own`, { ...request, headers });
    open.push(stream);
    await stream.named(ACKNOWLEDGED);
    const tool = async (name: string) => textOf(await ask(`${url}/mcp/own`, { ...call(name), headers }));
    const pid = await tool('pid');
    await tool('exit');
    await until(async () => /^\d+$/.test(await tool('pid')));
    expect(await tool('pid')).not.to.equal(pid);
    expect(JSON.parse(await tool('subscribed'))).to.eql([uri]);
  });

  it('ends with a result and not without one when the node drains', async () => {
    const { node, url } = await nodes.start({ mcpServers });
    const stream = await listen(`${url}/mcp/m`, { toolsListChanged: true });
    await stream.named(ACKNOWLEDGED);
    const stopped = node.stop({ graceful: true });
    await stream.end();
    expect(stream.messages.at(-1)).to.deep.equal({
      jsonrpc: '2.0',
      id: 'L',
      result: { resultType: 'complete', _meta: { [META.subscriptionId]: 'L' } },
    });
    await stopped;
  });

  it('keeps the process that it hears, which others lose when they leave it idle', async () => {
    const own = echoServer([], { perSessionClient: true, idleTimeoutMs: 200 });
    const { url } = await nodes.start({ mcpServers: { own } }, { timing: { sweepInterval: 20 } });
    const headers = { 'x-mcphub-state-id': 'heard' };
    const pidOf = async (state: string) => {
      const reply = await ask(`${url}/mcp/own`, { ...call('pid'), headers: { 'x-mcphub-state-id': state } });
      return Number(textOf(reply));
    };
    const request = { method: 'subscriptions/listen', id: 'L', params: { notifications: { toolsListChanged: true } } };
    const stream = await ModernStream.open(`${url}/mcp/own`, { ...request, headers });
    open.push(stream);
    await stream.named(ACKNOWLEDGED);
    const heard = await pidOf('heard');
    const unheard = await pidOf('unheard');
    expect(await goneWithin(unheard, 3_000)).to.equal(true);
    expect(await pidOf('heard')).to.equal(heard);
    stream.close();
    expect(await goneWithin(heard, 3_000)).to.equal(true);
  });

  it('is refused with the reason when its filter is none', async () => {
    const { url } = await nodes.start({ mcpServers });
    for (const notifications of [
      undefined,
      null,
      'tools',
      { toolsListChanged: 'yes' },
      { resourceSubscriptions: NOTE },
    ]) {
      const reply = await ask(`${url}/mcp/m`, { method: 'subscriptions/listen', params: { notifications } });
      expect(reply.body?.error?.code, JSON.stringify(notifications)).to.equal(-32602);
    }
  });
});
