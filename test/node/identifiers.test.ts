import { expect } from 'chai';
import { decodeHeaderValue } from '../../mcp/header-value.ts';
import { post, RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

const NAME = 'n'.repeat(1_001);
const URI = `db://${'.'.repeat(8_200)}/`;

describe('names and URIs of requests', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  it('are not looked for when they are longer than any, and the error says so', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer(), b: echoServer() } });
    const session = await RawSession.open(`${url}/mcp`);
    for (const [method, params, reason] of [
      ['tools/call', { name: NAME }, /name has 1001 characters, more than the 1000 allowed/],
      ['prompts/get', { name: NAME }, /name has 1001/],
      ['resources/read', { uri: URI }, /uri has 8206 characters, more than the 8192 allowed/],
      ['resources/subscribe', { uri: URI }, /uri has 8206/],
      ['resources/unsubscribe', { uri: URI }, /uri has 8206/],
      ['completion/complete', { ref: { type: 'ref/prompt', name: NAME } }, /ref\.name has 1001/],
      ['completion/complete', { ref: { type: 'ref/resource', uri: URI } }, /ref\.uri has 8206/],
    ] as const) {
      const { body } = await session.request(method, params);
      expect(body?.error?.code, method).to.equal(-32602);
      expect(body?.error?.message, method).to.match(reason);
    }
    const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: NAME, version: '1' } };
    const refused = await post(`${url}/mcp`, { jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize });
    expect(refused.body?.error?.message).to.match(/clientInfo\.name has 1001/);
    const smart = await RawSession.open(`${url}/mcp/$smart`);
    expect((await smart.request('tools/call', { name: NAME })).body?.error?.message).to.match(/name has 1001/);
  });

  it('do not stop a search, however many letters or words it has', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp/$smart`);
    const search = async (query: string) => {
      const { body } = await session.request('tools/call', { name: 'search_tools', arguments: { query } });
      return body?.result as { isError?: boolean; content: { text: string }[] };
    };
    const long = await search('e'.repeat(40_000));
    expect(long.isError).to.equal(true);
    expect(long.content[0]?.text).to.match(/query has 40000 characters, more than the 1000 allowed/);
    const words = Array.from({ length: 40 }, (_, i) => `word${i}`).join(' ');
    expect((await search(`echo ${words}`)).content[0]?.text).to.match(/^a-echo.*Only the first 32 words/s);
  });

  it('are not more in one batch, or one subscription, than anybody can need', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const batch = Array.from({ length: 1_001 }, () => ({ jsonrpc: '2.0', method: 'notifications/roots/list_changed' }));
    const session = await RawSession.open(`${url}/mcp`);
    const { status, body } = await session.send(JSON.stringify(batch));
    expect(status).to.equal(400);
    expect(body?.error?.message).to.match(/the batch has 1001 messages, more than the 1000 allowed/);
    for (const [uris, reason] of [
      [Array.from({ length: 1_001 }, (_, i) => `x://${i}`), /has 1001 URIs, more than the 1000 allowed/],
      [[URI], /resourceSubscriptions has 8206 characters/],
    ] as const) {
      const meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      };
      const params = { notifications: { resourceSubscriptions: uris }, _meta: meta };
      const refused = await post(
        `${url}/mcp`,
        { jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params },
        { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' },
      );
      expect(refused.body?.error?.message).to.match(reason);
    }
  });
});

describe('the value of a header', () => {
  it('does not cost the square of the blanks within it', () => {
    const before = process.cpuUsage();
    expect(decodeHeaderValue(` \t a${' '.repeat(60_000)}b\t `)).to.have.length(60_002);
    expect(process.cpuUsage(before).user / 1_000, 'milliseconds of CPU').to.be.below(500);
  });
});
