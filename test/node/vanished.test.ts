import { expect } from 'chai';
import {
  connectV1,
  connectV2,
  type EventReader,
  initialize,
  openEvents,
  post,
  RawSession,
  textOf,
} from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

const INTERVAL = 100;

describe('a client that has vanished', function () {
  this.timeout(30_000);
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  const start = (clientPingInterval = INTERVAL) =>
    nodes.start(
      { mcpServers: { a: echoServer() }, systemConfig: { cluster: { node: { clientPingInterval } } } },
      { timing: { sweepInterval: 20 } },
    );
  const pings = (stream: EventReader): string[] =>
    [...stream.received().matchAll(/data: (.*"method":"ping".*)/g)].map(([, data = '']) => JSON.parse(data).id);
  const message = (fields: object) => ({ jsonrpc: '2.0', ...fields });

  /** A session whose stream answers pings, and which so tells how often others were asked. */
  async function witness(
    url: string,
    answer: (ids: string[], last: number) => object | undefined = (ids, last) => ({ id: ids[last], result: {} }),
  ) {
    const session = await RawSession.open(`${url}/mcp/a`);
    const stream = await session.listen();
    let seen = 0;
    stream.response.on('data', () => {
      const ids = pings(stream);
      for (; seen < ids.length; seen++) {
        const said = answer(ids, seen);
        if (said !== undefined) void session.send(message(said));
      }
    });
    return { session, stream, asked: (times: number) => until(() => pings(stream).length >= times, 20_000) };
  }

  /** An HTTP+SSE session by hand. */
  async function openSse(url: string) {
    const stream = await openEvents(`${url}/sse/a`);
    const endpoint = /data: (\S+)/.exec(await stream.until('\n\n'))?.[1] ?? '';
    const send = (body: object) => post(new URL(endpoint, url).href, body);
    await send(initialize());
    await stream.until('serverInfo');
    return { stream, send, ready: () => send(message({ method: 'notifications/initialized' })) };
  }

  it('does not keep its streams: three pings without an answer end them, and it may come back', async () => {
    const { url } = await start();
    const session = await RawSession.open(`${url}/mcp/a`);
    const [older, newer] = [await session.listen(), await session.listen()];
    await Promise.all([older.closed, newer.closed]);
    expect(new Set(pings(newer)).size).to.equal(3);
    expect(pings(older)).to.eql([]);
    expect(await session.call('echo', { message: 'back' })).to.equal('back');
    const again = await session.listen();
    expect(again.status).to.equal(200);
    again.close();
  });

  it('does not keep its HTTP+SSE session, which is its stream', async () => {
    const { url } = await start();
    const { stream, send, ready } = await openSse(url);
    await ready();
    await stream.closed;
    expect(pings(stream).length).to.equal(3);
    expect((await send(message({ id: 9, method: 'ping' }))).status).to.equal(404);
  });

  it('is not one that answers late, with an error, or says something else', async () => {
    const { url } = await start();
    const error = { code: -32601, message: 'Method not found' };
    const errors = await witness(url, (ids, last) => ({ id: ids[last], error }));
    // When it is asked again.
    const late = await witness(url, (ids, last) => (last === 0 ? undefined : { id: ids[last - 1], result: {} }));
    const talking = await RawSession.open(`${url}/mcp/a`);
    const stream = await talking.listen();
    const talk = (async () => {
      while (pings(errors.stream).length < 8) await talking.request('ping');
    })();
    await Promise.all([errors.asked(8), late.asked(8), talk]);
    const streams = [errors.stream, late.stream, stream];
    expect(streams.map(({ response }) => response.destroyed)).to.eql([false, false, false]);
    for (const each of streams) each.close();
  });

  it('is not a client of the SDK that only listens', async () => {
    const { url } = await start();
    const { stream, asked } = await witness(url);
    const opened: string[] = [];
    const counting: typeof fetch = (input, init) => {
      if ((init?.method ?? 'GET') === 'GET') opened.push(String(input));
      return fetch(input, init);
    };
    const paths = [`${url}/mcp/a`, `${url}/mcp/a`, `${url}/sse/a`];
    const clients = await Promise.all([
      connectV1(`${url}/mcp/a`, { fetch: counting }),
      connectV2(`${url}/mcp/a`, 'legacy', { fetch: counting }),
      connectV1(`${url}/sse/a`, { fetch: counting }),
    ]);
    await until(() => opened.length === paths.length);
    await asked(8);
    for (const client of clients) {
      expect(textOf(await client.callTool({ name: 'echo', arguments: { message: 'here' } }))).to.equal('here');
    }
    expect(opened.sort()).to.eql(paths);
    stream.close();
    await Promise.all(clients.map((client) => client.close()));
  });

  it('is not looked for before it has said that it is ready', async () => {
    const { url } = await start();
    const { stream, asked } = await witness(url);
    const opened = await post(`${url}/mcp/a`, initialize());
    const id = String(opened.headers['mcp-session-id']);
    const early = await openEvents(`${url}/mcp/a`, { 'mcp-session-id': id });
    const sse = await openSse(url);
    await asked(5);
    expect([pings(early), pings(sse.stream)]).to.eql([[], []]);
    expect([early.response.destroyed, sse.stream.response.destroyed]).to.eql([false, false]);
    await sse.ready();
    await post(`${url}/mcp/a`, message({ method: 'notifications/initialized' }), { 'mcp-session-id': id });
    await Promise.all([early.closed, sse.stream.closed]);
    stream.close();
  });

  it('is looked for in a session that was re-created, once it has asked for something', async () => {
    const { url } = await start();
    const { stream, asked } = await witness(url);
    const other = await nodes.start({ mcpServers: { a: echoServer() } });
    const { id } = await RawSession.open(`${other.url}/mcp/a`);
    const headers = { 'mcp-session-id': id, 'x-mcphub-session': 'AAAAAAAA 5 1 ' };
    const moved = await openEvents(`${url}/mcp/a`, headers);
    await asked(4);
    expect(pings(moved)).to.eql([]);
    await post(`${url}/mcp/a`, message({ id: 1, method: 'tools/list' }), headers);
    await moved.closed;
    expect(pings(moved).length).to.equal(3);
    stream.close();
  });

  it('is not looked for where the settings say so', async () => {
    const asking = await start();
    const { url } = await start(0);
    const { stream, asked } = await witness(asking.url);
    const session = await RawSession.open(`${url}/mcp/a`);
    const silent = await session.listen();
    await asked(5);
    expect([pings(silent), silent.response.destroyed]).to.eql([[], false]);
    silent.close();
    stream.close();
  });
});
