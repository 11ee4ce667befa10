import { expect } from 'chai';
import { createClassifier } from '../../router/edge/classify.ts';
import { cookieValue, readHead } from '../../router/edge/head.ts';

const none = { sessionId: undefined, protocolVersion: undefined };

describe('router: classification', () => {
  const classify = createClassifier('/hub');

  it('tells MCP paths from others, with their targets', () => {
    const target = (url: string, method = 'POST') => classify(method, url, none);
    expect(target('/hub/mcp')).to.include({ kind: 'mcp', target: '', path: '/mcp', era: 'legacy' });
    expect(target('/hub/mcp/')).to.include({ target: '', path: '/mcp' });
    expect(target('/hub/mcp/a%20b/c/?x=1')).to.include({ target: 'a b/c', path: '/mcp/a%20b/c', query: '?x=1' });
    expect(target('/hub/sse/g', 'GET')).to.include({ kind: 'sse', target: 'g', era: 'legacy-sse' });
    for (const url of ['/mcp', '/hub', '/hub/mcpx', '/hubx/mcp', '/hub/api/mcp'])
      expect(target(url), url).to.equal(undefined);
  });
  it('does not refuse a request target that is a whole URL', () => {
    expect(classify('POST', 'http://hub.example:3000/hub/mcp/a?x=1', none)).to.include({ target: 'a', query: '?x=1' });
    expect(classify('GET', 'http://hub.example', none)).to.equal(undefined);
  });
  it('takes the revision header as the mark of a modern request, whose session id means nothing', () => {
    const modern = classify('POST', '/hub/mcp', { sessionId: 'x y', protocolVersion: '2026-07-28' });
    expect(modern).to.include({ era: 'modern', sessionId: undefined });
    const legacy = classify('POST', '/hub/mcp', { sessionId: 'x', protocolVersion: '2025-11-25' });
    expect(legacy).to.include({ era: 'legacy', sessionId: 'x' });
  });
  it('takes the session id of HTTP+SSE out of the query and keeps the rest', () => {
    const route = classify('POST', '/hub/messages/g?a=1&sessionId=s%2E1', none);
    expect(route).to.include({ kind: 'messages', target: 'g', sessionId: 's.1', path: '/messages', query: '?a=1' });
  });
  it('refuses bad ids, bad encodings, missing ids and other methods', () => {
    const status = (method: string, url: string, sessionId?: string) => {
      const route = classify(method, url, { ...none, sessionId });
      return route !== undefined && 'status' in route ? route.status : undefined;
    };
    expect(status('POST', '/hub/mcp', 'tab\tbed')).to.equal(400);
    expect(status('POST', '/hub/mcp', 'x'.repeat(513))).to.equal(400);
    expect(status('POST', '/hub/mcp/%')).to.equal(400);
    expect(status('POST', '/hub/messages')).to.equal(400);
    expect(status('POST', '/hub/messages?sessionId=a&sessionId=b')).to.equal(400);
    expect(status('PATCH', '/hub/mcp')).to.equal(405);
    expect(status('POST', '/hub/sse')).to.equal(405);
  });
});

describe('router: request heads', () => {
  it('forwards what is not for the coordinator, in order and spelling', () => {
    const head = readHead([
      'Host',
      'h',
      'X-One',
      '1',
      'Keep-Alive',
      'x',
      'Mcp-Param-A',
      '2',
      'Content-Length',
      '5',
      'x-one',
      '3',
    ]);
    expect(head.forward).to.deep.equal(['X-One', '1', 'Mcp-Param-A', '2', 'x-one', '3']);
    expect(head).to.include({ host: 'h', contentLength: 5, chunked: false, duplicate: undefined });
  });
  it('notices duplicates in any spelling', () => {
    expect(readHead(['Mcp-Session-Id', 'a', 'mcp-session-id', 'a']).duplicate).to.equal('mcp-session-id');
    expect(readHead(['Authorization', 'a', 'authorization', 'b']).duplicate).to.equal('authorization');
  });
  it('reads cookies by name', () => {
    expect(cookieValue('a=1; MCPHUB_NODE=n-1;b', 'MCPHUB_NODE')).to.equal('n-1');
    expect(cookieValue('XMCPHUB_NODE=n', 'MCPHUB_NODE')).to.equal(undefined);
  });
});
