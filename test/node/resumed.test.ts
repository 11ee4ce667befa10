import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { META } from '../../mcp/modern.ts';
import { type EventReader, RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { event, json, RemoteFixture, stream } from '../support/servers/remote.ts';
import { until } from '../support/until.ts';

const URI = 'echo://fixed';
const UPDATED = 'notifications/resources/updated';
const TOOLS_CHANGED = 'notifications/tools/list_changed';

const count = (reader: EventReader, method: string) => reader.received().split(method).length - 1;

describe('what changes while nobody can tell of it', function () {
  this.timeout(20_000);
  const nodes = new Nodes();
  const remote = new RemoteFixture();
  const readers: EventReader[] = [];
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    await nodes.stop();
    await remote.stop();
  });

  /** A session that listens and is subscribed to a resource. */
  async function follow(url: string, uri: string): Promise<{ session: RawSession; reader: EventReader }> {
    const session = await RawSession.open(url);
    const reader = await session.listen();
    readers.push(reader);
    expect((await session.request('resources/subscribe', { uri })).body?.result).to.eql({});
    return { session, reader };
  }

  for (const [which, extra] of [
    ['that sessions share', {}],
    ['of one session', { perSessionClient: true }],
  ] as const) {
    it(`is not lost with the process of a server ${which}`, async () => {
      const { url } = await nodes.start({ mcpServers: { echo: echoServer([], extra) } });
      const { session, reader } = await follow(`${url}/mcp/echo`, URI);
      // The server tells of a resource as soon as somebody follows it.
      await until(() => count(reader, UPDATED) === 1);
      const pid = await session.call('pid');
      await session.request('tools/call', { name: 'exit' });
      await until(async () => ![pid, ''].includes(await session.call('pid').catch(() => '')));
      // Once from the server, which is asked anew, and once because nobody knows what came before.
      await until(() => count(reader, UPDATED) >= 3);
    });
  }

  it('is not lost with the streams to a server of 2026-07-28', async () => {
    const streams = new Map<string, ServerResponse>();
    let tools = [tool('one')];
    Object.assign(remote.handlers, {
      'server/discover': answers(() => ({
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: { listChanged: true }, resources: { subscribe: true } },
        serverInfo: { name: 'remote', version: '1' },
      })),
      'tools/list': answers(() => ({ tools })),
      'resources/list': answers(() => ({ resources: [{ uri: URI, name: 'fixed' }] })),
      'resources/templates/list': answers(() => ({ resourceTemplates: [] })),
      'subscriptions/listen': (({ message: { id, params } }, res) => {
        const { notifications } = params as { notifications: object };
        const _meta = { [META.subscriptionId]: id };
        const acknowledged = { method: 'notifications/subscriptions/acknowledged', params: { notifications, _meta } };
        stream(res).write(event({ jsonrpc: '2.0', ...acknowledged }));
        streams.set(Object.keys(notifications).join(), res);
      }) satisfies RemoteFixture['handlers'][string],
    });
    await remote.start();
    const { url } = await nodes.start({ mcpServers: { remote: { type: 'streamable-http', url: remote.url } } });
    const { session, reader } = await follow(`${url}/mcp/remote`, URI);
    await until(() => streams.size === 2);
    expect((await session.request('tools/list')).text)
      .to.include('one')
      .and.not.to.include('two');
    const before = [UPDATED, TOOLS_CHANGED].map((method) => count(reader, method));
    tools = [tool('one'), tool('two')];
    for (const [what, res] of [...streams]) {
      streams.delete(what);
      res.destroy();
    }
    await until(() => streams.size === 2);
    await until(() => [UPDATED, TOOLS_CHANGED].every((method, i) => count(reader, method) > (before[i] as number)));
    expect((await session.request('tools/list')).text).to.include('two');
  });
});

function tool(name: string): object {
  return { name, inputSchema: { type: 'object' } };
}

function answers(result: () => object): RemoteFixture['handlers'][string] {
  return ({ message }, res) =>
    json(res, { jsonrpc: '2.0', id: message.id, result: { resultType: 'complete', ...result() } });
}
