import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'chai';
import { connectV1, type EventReader, RawSession, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { goneWithin } from '../support/servers/hosting.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

const OWN = { perSessionClient: true };

describe('a server with a process for each session', () => {
  const nodes = new Nodes();
  const streams: EventReader[] = [];
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    await nodes.stop();
  });

  const start = async (flags: string[] = [], options = {}) =>
    (await nodes.start({ mcpServers: { own: echoServer(flags, OWN), shared: echoServer() } }, options)).url;
  const capable = { capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } } };

  for (const path of ['/mcp/own', '/sse/own', '/mcp', '/sse']) {
    it(`does not lose what it asks the client of a session at ${path}`, async () => {
      const client = await connectV1((await start()) + path, {
        ...capable,
        prepare: (each) => {
          each.setRequestHandler(CreateMessageRequestSchema, ({ params }) => ({
            model: 'm',
            role: 'assistant' as const,
            content: { type: 'text' as const, text: `sampled ${params.maxTokens}` },
          }));
          each.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept' as const, content: { who: 'Ada' } }));
          each.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///r', name: 'r' }] }));
        },
      });
      const prefix = path.endsWith('own') ? '' : 'own-';
      const ask = async (name: string) => textOf(await client.callTool({ name: `${prefix}${name}` }));
      expect(await ask('sample')).to.include('sampled 5');
      expect(await ask('elicit')).to.include('Ada');
      expect(await ask('roots')).to.include('file:///r');
      await client.sendRootsListChanged();
      await until(async () => (await ask('heard')).includes('notifications/roots/list_changed'));
      await client.notification({
        method: 'notifications/progress',
        params: { progressToken: 'of-server', progress: 1 },
      });
      await until(async () => (await ask('heard')).includes('notifications/progress'));
      await client.close();
    });
  }

  it('is subscribed to what it was when it is started again', async () => {
    const url = await start();
    const session = await RawSession.open(`${url}/mcp/own`);
    for (const uri of ['echo://fixed', 'echo://items/1']) await session.request('resources/subscribe', { uri });
    await session.request('resources/unsubscribe', { uri: 'echo://items/1' });
    const pid = await session.call('pid');
    await session.request('tools/call', { name: 'exit' });
    await until(async () => ![pid, ''].includes(await session.call('pid').catch(() => '')));
    expect(JSON.parse(await session.call('subscribed'))).to.eql(['echo://fixed']);
  });

  it('is not promised capabilities that its client lacks', async () => {
    const url = await start();
    const session = await RawSession.open(`${url}/mcp`, {}, { roots: {} });
    expect(await session.call('own-heard')).to.include('initialize {\\"roots\\":{}}');
    expect(JSON.parse(await session.call('own-sample')).error.code).to.equal(-32601);
    expect(JSON.parse(await session.call('shared-roots')).error.code).to.equal(-32601);
  });

  it('asks two clients with the same ids without mixing up their answers', async () => {
    const url = await start();
    const clients = await Promise.all(
      ['one', 'two'].map((name) =>
        connectV1(`${url}/mcp/own`, {
          ...capable,
          prepare: (each) =>
            each.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: `file:///${name}`, name }] })),
        }),
      ),
    );
    const answers = await Promise.all(clients.map((client) => client.callTool({ name: 'roots' })));
    expect(answers.map(textOf).map((text) => JSON.parse(text).result.roots[0].name)).to.deep.equal(['one', 'two']);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('can take a question back', async () => {
    const session = await RawSession.open(`${await start()}/mcp/own`, {}, { sampling: {} });
    const { events } = await session.request('tools/call', { name: 'withdraw' });
    const [question, withdrawn] = events;
    expect(question?.method).to.equal('sampling/createMessage');
    expect(withdrawn?.method).to.equal('notifications/cancelled');
    expect(withdrawn?.params).to.deep.equal({ requestId: question?.id, reason: 'never mind' });
  });

  it('does not wait for a client that never answers', async () => {
    const url = await start([], { timing: { clientAnswerTimeout: 100 } });
    const session = await RawSession.open(`${url}/mcp/own`, {}, { roots: {} });
    const { body } = await session.request('tools/call', { name: 'roots' });
    expect(JSON.parse(textOf(body?.result)).error.data.code).to.equal('MCPHUB_CLIENT_AWAY');
  });

  it('does not share state or lists between sessions', async () => {
    const url = await start();
    const [one, other] = await Promise.all([RawSession.open(`${url}/mcp`), RawSession.open(`${url}/mcp`)]);
    expect(await one.call('own-pid')).to.not.equal(await other.call('own-pid'));
    expect(await one.call('shared-pid')).to.equal(await other.call('shared-pid'));
    const stream = await one.listen();
    streams.push(stream);
    await one.call('own-add', { tool: 'mine' });
    await stream.until('notifications/tools/list_changed');
    expect((await one.request('tools/list')).text).to.include('own-mine');
    expect((await other.request('tools/list')).text).to.not.include('own-mine');
  });

  it('does not forget the log level of its session', async () => {
    const session = await RawSession.open(`${await start()}/mcp/own`);
    await session.request('logging/setLevel', { level: 'notice' });
    expect(await session.call('level')).to.equal('notice');
  });

  it('does not outlive a session that its client ended', async () => {
    const session = await RawSession.open(`${await start()}/mcp/own`);
    const pid = Number(await session.call('pid'));
    await session.close();
    expect(await goneWithin(pid, 3_000)).to.equal(true);
  });

  it('does not outlive the stream of an HTTP+SSE session', async () => {
    const client = await connectV1(`${await start()}/sse/own`);
    const pid = Number(textOf(await client.callTool({ name: 'pid' })));
    await client.close();
    expect(await goneWithin(pid, 3_000)).to.equal(true);
  });

  it('does not outlive a session that expired, which is unknown then', async () => {
    const settings = {
      mcpServers: { own: echoServer([], OWN) },
      systemConfig: { cluster: { coordinator: { stickySessionTimeout: 3_000 } } },
    };
    const { url } = await nodes.start(settings, { timing: { sweepInterval: 50 } });
    const [unused, used] = await Promise.all([RawSession.open(`${url}/mcp/own`), RawSession.open(`${url}/mcp/own`)]);
    const pid = Number(await unused.call('pid'));
    streams.push(await used.listen());
    const sleeping = used.call('pid');
    expect(await goneWithin(pid, 15_000)).to.equal(true);
    expect((await unused.request('ping')).status).to.equal(404);
    await sleeping;
    expect((await used.request('ping')).status).to.equal(200);
  });

  for (const path of ['/mcp/own', '/sse/own']) {
    it(`does not end while the client listens, however long nothing is said (${path})`, async () => {
      const settings = {
        mcpServers: { own: echoServer([], OWN) },
        systemConfig: { cluster: { coordinator: { stickySessionTimeout: 3_000 } } },
      };
      const { url } = await nodes.start(settings, { timing: { sweepInterval: 50 } });
      const client = await connectV1(url + path);
      const pid = textOf(await client.callTool({ name: 'pid' }));
      // Used later, and listened to by nobody: once this one has expired, the other one has been silent for longer.
      const unheard = await RawSession.open(`${url}/mcp/own`);
      expect(await goneWithin(Number(await unheard.call('pid')), 15_000)).to.equal(true);
      expect(textOf(await client.callTool({ name: 'pid' }))).to.equal(pid);
      await client.close();
    });
  }

  it('does not keep the process of a session that left it idle, and starts it again', async () => {
    const { url } = await nodes.start(
      { mcpServers: { own: echoServer([], { ...OWN, idleTimeoutMs: 200 }) } },
      { timing: { sweepInterval: 50 } },
    );
    const session = await RawSession.open(`${url}/mcp/own`);
    const pid = Number(await session.call('pid'));
    expect(await goneWithin(pid, 3_000)).to.equal(true);
    expect(Number(await session.call('pid'))).to.not.equal(pid);
  });
});
