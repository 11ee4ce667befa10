import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { expect } from 'chai';
import httpProxy from 'http-proxy';
import { toldByProxies } from '../../router/edge/proxies.ts';
import { textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';
import { type Harness, INITIALIZE, startHarness } from './support/harness.ts';

const TRUSTED = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'];

describe('what proxies tell of a client', () => {
  const told = (headers: Parameters<typeof toldByProxies>[2], sender = '10.1.1.1') =>
    toldByProxies(TRUSTED, sender, headers);

  it('does not count from anybody whom the settings do not name', () => {
    for (const sender of ['203.0.113.1', '11.0.0.1', '2001:db9::1', 'nonsense']) {
      expect(told({ for: '1.2.3.4', host: 'a', prefix: '/p' }, sender), sender).to.deep.equal({});
    }
    expect(toldByProxies([], '10.1.1.1', { for: '1.2.3.4' })).to.deep.equal({});
    expect(told(undefined)).to.deep.equal({});
  });

  it('is no more than the nearest untrusted address, whatever a client wrote before it', () => {
    for (const [list, address] of [
      ['198.51.100.1', '198.51.100.1'],
      ['127.0.0.1, 198.51.100.1', '198.51.100.1'],
      ['6.6.6.6, 198.51.100.1, 192.0.2.7,10.2.2.2', '198.51.100.1'],
      ['198.51.100.1:4711', '198.51.100.1'],
      ['[2001:db9::1]:443, 10.0.0.1', '2001:db9::1'],
      ['2001:db9::1', '2001:db9::1'],
      ['10.3.3.3, 10.2.2.2', '10.3.3.3'],
      ['6.6.6.6, unknown, 10.2.2.2', '10.2.2.2'],
      ['unknown', undefined],
    ] as const) {
      expect(told({ for: list }).address, list).to.equal(address);
      const forwarded = list.split(',').map((entry) => `proto=https;for="${entry.trim()}";host=h.example`);
      expect(told({ forwarded: forwarded.join(', ') }).address, `Forwarded: ${list}`).to.equal(address);
    }
    expect(told({ for: '198.51.100.1' }, '::ffff:10.1.1.1').address, 'IPv4 within IPv6').to.equal('198.51.100.1');
  });

  it('is the word of the nearest proxy, and only if it can be what it should', () => {
    const all = told({ for: '1.2.3.4', host: 'evil, mcp.example.com:8443', proto: 'http, HTTPS', prefix: '/x, /hub/' });
    expect(all).to.deep.equal({ address: '1.2.3.4', host: 'mcp.example.com:8443', proto: 'https', prefix: '/hub' });
    for (const prefix of ['//evil.example.com', 'hub', '/a b', '/a"b', 'https://evil', '/']) {
      expect(told({ prefix }).prefix, prefix).to.equal(undefined);
    }
    expect(told({ host: 'a/b' }).host).to.equal(undefined);
  });

  it('counts only as far as both ways of saying agree, since a client may have written one of them', () => {
    const forwarded = 'for=198.51.100.1;host=mcp.example.com;proto=https';
    const agreed = told({ for: '198.51.100.1', host: 'localhost', prefix: '/x', forwarded });
    expect(agreed).to.deep.equal({ address: '198.51.100.1', host: undefined, proto: undefined, prefix: undefined });
    expect(told({ for: '127.0.0.1', forwarded }).address).to.equal(undefined);
  });
});

describe('router: behind a proxy', () => {
  const nodes = new Nodes();
  let harness: Harness;
  let server: Server | undefined;
  afterEach(async () => {
    await nodes.stop();
    await harness.stop();
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  const behind = (trustedProxies: string[], rest: object = {}) => ({
    systemConfig: { routing: { trustedProxies, allowedHosts: ['mcp.example.com'] }, ...rest },
  });
  const headers = {
    'x-forwarded-for': '198.51.100.9',
    'x-forwarded-host': 'mcp.example.com',
    'x-forwarded-proto': 'https',
    'x-forwarded-prefix': '/hub',
  };

  it('tells nodes the address of the client, and not what a client says of itself', async () => {
    for (const [trusted, address] of [
      [['127.0.0.0/8', '::1'], '198.51.100.9'],
      [[], '127.0.0.1'],
    ] as const) {
      harness = await startHarness({ settings: behind([...trusted]) });
      const node = await harness.addNode('node-1', ['a']);
      await harness.open('/mcp/a', headers);
      expect(node.seen.at(-1)?.headers['x-forwarded-for']).to.equal(address);
      expect(node.seen.at(-1)?.headers['x-forwarded-prefix']).to.equal(undefined);
      if (trusted.length > 0) await harness.stop();
    }
  });

  it('compares the name that the client wrote, and gives it cookies for its own path', async () => {
    harness = await startHarness({
      settings: behind(['127.0.0.1'], { cluster: { stickySession: { strategy: 'cookie' } } }),
    });
    await harness.addNode('node-1', ['a']);
    const evil = await harness.post('/mcp/a', INITIALIZE, { ...headers, 'x-forwarded-host': 'evil.example.com' });
    expect(evil.status).to.equal(403);
    const { response } = await harness.open('/mcp/a', headers);
    expect(response.headers.get('set-cookie')).to.match(/Path=\/hub;.*; Secure$/);
  });

  it('does not send clients of HTTP+SSE to the root, where a path prefix was stripped', async () => {
    harness = await startHarness({ settings: behind(['127.0.0.1']) });
    const { node } = await nodes.start(
      { mcpServers: { echo: echoServer() } },
      { coordinators: [harness.coordinator.url] },
    );
    await until(() => node.ready());
    const proxy = httpProxy.createProxyServer({ target: harness.coordinator.url });
    server = createServer((request: IncomingMessage, response) => {
      if (!request.url?.startsWith('/hub/')) return void response.writeHead(404).end();
      request.url = request.url.slice('/hub'.length);
      request.headers['x-forwarded-prefix'] = '/hub';
      proxy.web(request, response);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = new Client({ name: 'behind', version: '1' });
    await client.connect(new SSEClientTransport(new URL(`http://127.0.0.1:${port}/hub/sse/echo`)));
    expect(textOf(await client.callTool({ name: 'echo', arguments: { message: 'hi' } }))).to.equal('hi');
    await client.close();
  });
});
