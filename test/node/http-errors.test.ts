import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { expect } from 'chai';
import { request } from 'undici';
import { connectV1, initialize, openEvents, post, RawSession, type RpcReply, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

const PING = { jsonrpc: '2.0', id: 0, method: 'ping' };

describe('a bad HTTP request to a node', () => {
  const nodes = new Nodes();
  let url: string;

  beforeEach(async () => {
    const groups = [{ id: 'g1', name: 'team', servers: ['a'] }];
    ({ url } = await nodes.start({ mcpServers: { a: echoServer(), b: echoServer() }, groups }));
  });
  afterEach(() => nodes.stop());

  const facts = ({ status, body }: RpcReply) => [status, body?.error?.code, body?.id];

  it('is not taken for JSON-RPC when it is not', async () => {
    const session = await RawSession.open(`${url}/mcp`);
    expect(facts(await session.send('{"jsonrpc":'))).to.deep.equal([400, -32700, null]);
    for (const bad of [
      '7',
      '{}',
      '{"jsonrpc":"1.0","id":1,"method":"ping"}',
      '{"jsonrpc":"2.0","id":{},"method":"x"}',
    ]) {
      expect(facts(await session.send(bad)), bad).to.deep.equal([400, -32600, null]);
    }
    expect((await session.request('ping')).body?.result).to.deep.equal({});
  });

  it('is not read when its content type is another, nor answered with what it does not accept', async () => {
    const session = await RawSession.open(`${url}/mcp`);
    expect((await session.send(PING, { 'content-type': 'text/plain' })).status).to.equal(415);
    expect((await session.send(PING, { 'content-type': 'application/jsonp' })).status).to.equal(415);
    expect((await session.send(PING, { 'content-type': 'application/json; charset=utf-8' })).status).to.equal(200);
    expect((await session.send(PING, { accept: 'application/json' })).status).to.equal(406);
    expect((await session.send(PING, { accept: '*/*' })).status).to.equal(200);
    const stream = await session.listen({ accept: 'application/json' });
    expect(stream.status).to.equal(406);
    stream.close();
  });

  /** Sends far more than is allowed, as fast as the node takes it; what came back. */
  async function sendTooMuch(framing: string, encode: (piece: Buffer) => Buffer[], end: string): Promise<string> {
    const { port, host } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    const received = text(socket);
    const head = `POST /mcp HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: */*\r\n${framing}\r\n\r\n`;
    const piece = Buffer.alloc(65_536, 0x20);
    const body = Readable.from([Buffer.from(head), ...Array(80).fill(encode(piece)).flat(), Buffer.from(end)]);
    body.pipe(socket, { end: false });
    return received;
  }

  it('is answered, not reset, when its body is larger than allowed', async () => {
    const chunk = (piece: Buffer) => [Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')];
    for (const received of [
      await sendTooMuch(`content-length: ${80 * 65_536}`, (piece) => [piece], ''),
      await sendTooMuch('transfer-encoding: chunked', chunk, '0\r\n\r\n'),
    ]) {
      expect(received).to.match(/^HTTP\/1\.1 413 /);
      expect(received).to.match(/\r\nconnection: close\r\n/i);
      expect(received).to.include('4194304 bytes');
    }
    expect((await fetch(`${url}/health`)).status).to.equal(200);
  });

  it('is told that the session is unknown with 404 and -32001, for each verb', async () => {
    const session = await RawSession.open(`${url}/mcp`);
    await session.close();
    expect(facts(await session.request('ping'))).to.deep.equal([404, -32001, 2]);
    expect(await session.close()).to.equal(404);
    const stream = await session.listen();
    expect(stream.status).to.equal(404);
    expect(await stream.until('-32001')).to.include('Session not found');
  });

  it('does not reach a session at another target', async () => {
    const { id } = await RawSession.open(`${url}/mcp/a`);
    const headers = { 'mcp-session-id': id };
    for (const path of ['/mcp', '/mcp/b', '/mcp/team']) {
      expect(facts(await post(url + path, PING, headers)), path).to.deep.equal([404, -32001, 0]);
    }
    expect((await post(`${url}/mcp/a/`, PING, headers)).status).to.equal(200);
  });

  it('does not reach a session of the other transport', async () => {
    const { id } = await RawSession.open(`${url}/mcp`);
    expect(facts(await post(`${url}/messages?sessionId=${id}`, PING))).to.deep.equal([404, -32001, null]);
    const stream = await openEvents(`${url}/sse`);
    const [, inner = ''] = /sessionId=(\S+)/.exec(await stream.until('endpoint')) ?? [];
    expect((await post(`${url}/mcp`, PING, { 'mcp-session-id': inner })).status).to.equal(404);
    stream.close();
  });

  it('is told to send the session id that it lacks with 400', async () => {
    expect(facts(await post(`${url}/mcp`, PING))).to.deep.equal([400, -32000, 0]);
    expect((await post(`${url}/messages`, PING)).status).to.equal(400);
    expect((await openEvents(`${url}/mcp`)).status).to.equal(400);
  });

  it('is told which revisions are served', async () => {
    const session = await RawSession.open(`${url}/mcp`);
    const reply = await session.send(PING, { 'mcp-protocol-version': '1999-01-01' });
    expect(facts(reply)).to.deep.equal([400, -32000, 0]);
    expect(reply.body?.error?.message).to.include('2025-11-25');
  });

  it('is told which targets exist, under the id of the request', async () => {
    for (const id of [0, 'mine']) {
      const reply = await post(`${url}/mcp/nowhere`, { ...initialize(), id });
      expect(facts(reply)).to.deep.equal([404, -32602, id]);
      expect(reply.body?.error?.message).to.include("'nowhere'").and.include('groups: team; servers: a, b');
    }
    const stream = await openEvents(`${url}/sse/nowhere`);
    expect(stream.status).to.equal(404);
    expect((await post(`${url}/mcp/%E0%A4%A`, initialize())).status).to.equal(400);
  });

  it('is told what its initialize lacks', async () => {
    for (const params of [undefined, {}, { protocolVersion: '2025-06-18' }, { protocolVersion: 1, capabilities: {} }]) {
      const { body } = await post(`${url}/mcp`, { jsonrpc: '2.0', id: 1, method: 'initialize', params });
      expect(body?.error?.code).to.equal(-32602);
    }
    const session = await RawSession.open(`${url}/mcp`);
    expect((await session.send(initialize())).body?.error?.code).to.equal(-32600);
    expect((await session.request('no/such')).body?.error?.code).to.equal(-32601);
    expect((await session.request('constructor')).body?.error?.code).to.equal(-32601);
    expect((await session.request('tools/call')).body?.error?.code).to.equal(-32602);
  });

  it('does not get far with a verb that is not served', async () => {
    expect((await request(`${url}/mcp`, { method: 'PUT' })).statusCode).to.equal(405);
    expect((await request(`${url}/sse`, { method: 'POST' })).statusCode).to.equal(405);
    expect((await request(`${url}/messages`)).statusCode).to.equal(405);
    expect((await request(`${url}/.well-known/oauth-protected-resource`)).statusCode).to.equal(404);
    expect((await request(`${url}/api/cluster/nodes`)).statusCode).to.equal(403);
  });

  it('is not needed by a client that probes for the modern era', async () => {
    const client = new ClientV2({ name: 'probe', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new HttpV2(new URL(`${url}/mcp/a`)));
    expect(client.getProtocolEra()).to.equal('modern');
    expect(textOf(await client.callTool({ name: 'echo', arguments: { message: 'at once' } }))).to.equal('at once');
    await client.close();
  });
});

describe('a node with a cluster token', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  it('does not serve MCP to those who lack it', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } }, { clusterTokens: () => ['new', 'old'] });
    for (const headers of [{}, { 'x-mcphub-cluster-token': 'wrong' }, { authorization: 'Bearer new' }]) {
      expect((await post(`${url}/mcp`, initialize(), headers as Record<string, string>)).status).to.equal(401);
    }
    expect((await openEvents(`${url}/sse`)).status).to.equal(401);
    expect((await post(`${url}/messages?sessionId=x`, PING)).status).to.equal(401);
    for (const token of ['new', 'old']) {
      const session = await RawSession.open(`${url}/mcp`, { 'x-mcphub-cluster-token': token });
      expect((await session.request('ping')).status).to.equal(200);
    }
    expect((await fetch(`${url}/health`)).status).to.equal(200);
  });
});

describe('the event streams of a session', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  it('are not refused when there is one already, and the newest gets the messages', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp/a`);
    const [first, second] = [await session.listen(), await session.listen()];
    expect([first.status, second.status]).to.deep.equal([200, 200]);
    expect(second.response.headers['content-type']).to.equal('text/event-stream');
    await session.call('announce');
    await second.until('list_changed');
    expect(first.received()).to.equal('');
    second.close();
    await second.closed.catch(() => {});
    await until(async () => {
      await session.call('announce');
      return first.received().includes('list_changed');
    });
    first.close();
  });

  it('do not shut out a client that is back: of too many the oldest gives way', async () => {
    const limits = { streamsPerSession: 2 };
    const { url } = await nodes.start({
      mcpServers: { a: echoServer() },
      systemConfig: { cluster: { limits } },
    });
    const session = await RawSession.open(`${url}/mcp/a`);
    const [first, second] = [await session.listen(), await session.listen()];
    const third = await session.listen();
    expect([first.status, second.status, third.status]).to.eql([200, 200, 200]);
    await first.closed;
    await session.call('announce');
    await third.until('list_changed');
    expect(second.response.destroyed).to.equal(false);
    second.close();
    third.close();
  });

  it('do not stay open when the session ends', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp/a`);
    const stream = await session.listen();
    await session.close();
    await stream.closed;
  });

  it('have a relative endpoint with the base path on HTTP+SSE', async () => {
    const { url } = await nodes.start(
      { mcpServers: { a: echoServer() } },
      { listen: { host: '127.0.0.1', port: 0, basePath: '/base' } },
    );
    const stream = await openEvents(`${url}/sse/a`);
    expect(await stream.until('\n\n')).to.match(/^event: endpoint\ndata: \/base\/messages\?sessionId=[\w-]+\n\n$/);
    stream.close();
    const client = await connectV1(`${url}/mcp`);
    expect((await client.listTools()).tools.map(({ name }) => name)).to.include('a-echo');
    await client.close();
  });
});
