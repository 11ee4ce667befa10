import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { META } from '../../mcp/modern.ts';
import { modernHeaders } from '../router/support/modern.ts';
import { closeSockets, openEvents, post, RawSession } from '../support/clients.ts';

const HUB = fileURLToPath(new URL('../support/measured-hub.ts', import.meta.url));
const MOST = 4 * 1024 * 1024 - 1_024;
/** Three times what is promised: the machine of a test may be slow, and have others at work in its caches. */
const LONGEST = 150;

/** As many copies as fit. */
function many(text: string, count = Number.POSITIVE_INFINITY): string {
  const fitting = Math.min(count, Math.floor(MOST / (text.length + 1)));
  return `${`${text},`.repeat(fitting - 1)}${text}`;
}
function numbered(count: number, text: (number: number) => string): string {
  return Array.from({ length: count }, (_, number) => text(number)).join(',');
}

/** What costs most to read for its size: refused before it is read, or at the bounds of what is. */
const SHAPES: Readonly<Record<string, string>> = {
  'empty lists': `[${many('[]')}]`,
  'empty objects': `[${many('{}')}]`,
  'one level after the other': '['.repeat(MOST),
  'lists in lists': `[${many(`${'['.repeat(500)}${']'.repeat(500)}`)}]`,
  'numbers that are kept': `[${many('1.0')}]`,
  'one number without end': `[${'9'.repeat(MOST)}]`,
  'one text': `["${'a'.repeat(MOST)}"]`,
  'one text of quotes': `["${'\\"'.repeat(MOST / 2)}"]`,
  blanks: `[${' '.repeat(MOST)}]`,
  'names at the bound': `{${numbered(49_000, (i) => `"k${i}":1`)}}`,
  'objects at the bound': `[${numbered(33_000, (i) => `{"k${i}":1}`)}]`,
  'kept numbers at the bound': `[${numbered(19_000, (i) => `{"n${i}":1.0}`)}]`,
  'lists at the bound': `[${many('[]', 99_000)}]`,
};
const call = (args: string) =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"take","arguments":{"x":${args}}}}`;
const request = (method: string, params: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

const LETTERS = 'e'.repeat(MOST);
const DOTS = `db://${'.'.repeat(8_000)}/`;
const WORDS = Array.from({ length: 200 }, (_, i) => ['cre', 'lis', 'echo', 'level'][i % 4] + i.toString(36)).join(' ');

/** The worst for each method, beside what holds for all. */
const REQUESTS: Readonly<Record<string, string>> = {
  'a method without end': request(LETTERS, {}),
  'a name without end': request('tools/call', { name: LETTERS }),
  'a prompt without end': request('prompts/get', { name: LETTERS }),
  'a URI without end': request('resources/read', { uri: LETTERS }),
  'a URI that templates try': request('resources/read', { uri: DOTS }),
  'a subscription to it': request('resources/subscribe', { uri: DOTS }),
  'a reference without end': request('completion/complete', {
    ref: { type: 'ref/resource', uri: LETTERS },
    argument: {},
  }),
  'a cursor without end': request('tools/list', { cursor: LETTERS }),
  'a cursor of lists': request('tools/list', { cursor: Buffer.from(`[${many('[]', 700_000)}]`).toString('base64url') }),
  'a level without end': request('logging/setLevel', { level: LETTERS }),
  'a batch of notifications': `[${many('{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}')}]`,
  'a batch of requests': `[${many('{"jsonrpc":"2.0","id":1,"method":"ping"}')}]`,
  'a batch as large as may be': `[${many('{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}', 999)}]`,
  'a cancellation without end': JSON.stringify({
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId: LETTERS },
  }),
};
const SMART: Readonly<Record<string, string>> = {
  'a search without end': request('tools/call', { name: 'search_tools', arguments: { query: LETTERS } }),
  'a search of words': request('tools/call', { name: 'search_tools', arguments: { query: WORDS.slice(0, 1_000) } }),
  'a description of no tool': request('tools/call', { name: 'describe_tool', arguments: { name: LETTERS } }),
};

describe('no request stops the others', function () {
  this.timeout(120_000);
  let hub: ChildProcess;
  let urls: { hub: string; node: string; teller: string };

  before(async () => {
    hub = spawn(process.execPath, [HUB], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(hub.stdout as NodeJS.ReadableStream, 'data');
    urls = JSON.parse(String(line));
  });
  after(async () => {
    await closeSockets();
    hub?.kill('SIGKILL');
  });

  const standstill = async () => Number(await (await fetch(urls.teller)).text());

  /** The best of some times: the first has code that is not compiled yet, and any may collect garbage of those before. */
  async function expectBrief(what: string, ask: () => Promise<unknown>): Promise<void> {
    let best = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < 3 && best > LONGEST / 3; turn++) {
      await standstill();
      await ask();
      best = Math.min(best, await standstill());
    }
    if (process.env.SHOW_STANDSTILL) console.log(what, best);
    expect(best, `milliseconds for ${what}`).to.be.below(LONGEST);
  }

  it('by its shape, with or without a session, in either era, at coordinator and node', async () => {
    const session = await RawSession.open(`${urls.hub}/mcp/verbatim`);
    const modern = { name: 'take', _meta: { [META.protocolVersion]: '2026-07-28', [META.clientCapabilities]: {} } };
    const headers = modernHeaders('tools/call', modern);
    for (const [what, shape] of Object.entries(SHAPES)) {
      await expectBrief(`${what} in a session`, () => session.send(call(shape)));
      const body = call(shape).replace(
        '"arguments"',
        `"_meta":${JSON.stringify(modern._meta)},"requestState":"mh.x","arguments"`,
      );
      await expectBrief(`${what} of 2026-07-28`, () => post(`${urls.hub}/mcp/verbatim`, body, headers));
    }
    const refused = call(SHAPES['objects at the bound'] as string);
    await expectBrief('objects at the bound to nowhere', () => post(`${urls.hub}/mcp/nowhere`, refused, headers));
    await expectBrief('objects at the bound of no session', () =>
      post(`${urls.hub}/mcp`, refused, { 'mcp-session-id': 'x' }),
    );
  });

  it('by what a method is asked', async () => {
    const session = await RawSession.open(`${urls.hub}/mcp`);
    for (const [what, body] of Object.entries(REQUESTS)) await expectBrief(what, () => session.send(body));
    const smart = await RawSession.open(`${urls.hub}/mcp/$smart`);
    for (const [what, body] of Object.entries(SMART)) await expectBrief(what, () => smart.send(body));
    const initialize = (params: object) =>
      post(`${urls.hub}/mcp`, request('initialize', { protocolVersion: '2025-11-25', ...params }));
    await expectBrief('a client without end', () =>
      initialize({ capabilities: {}, clientInfo: { name: LETTERS, version: '1' } }),
    );
    const meta = { [META.protocolVersion]: '2026-07-28', [META.clientCapabilities]: {} };
    const uris = Array.from({ length: 1_000 }, (_, i) => `db://${i}${'.'.repeat(4_000)}/`);
    const listen = request('subscriptions/listen', { notifications: { resourceSubscriptions: uris }, _meta: meta });
    await expectBrief('many subscriptions', async () => {
      const signal = AbortSignal.timeout(2_000);
      await post(`${urls.hub}/mcp`, listen, modernHeaders('subscriptions/listen'), signal).catch(() => undefined);
    });
    const blanks = { ...modernHeaders('tools/call'), 'mcp-name': `a${' '.repeat(12_000)}b` };
    await expectBrief('blanks in a header', () =>
      post(`${urls.hub}/mcp`, request('tools/call', { name: 'a', _meta: meta }), blanks),
    );
  });

  it('on a stream of HTTP+SSE, nor by what members tell', async () => {
    const stream = await openEvents(`${urls.hub}/sse/verbatim`);
    const [, endpoint] = /data: (\S+)/.exec(await stream.until('data: ')) ?? [];
    const body = call(SHAPES['objects at the bound'] as string);
    await expectBrief('objects at the bound on a stream', () => post(`${urls.hub}${endpoint}`, body));
    for (const [number, [what, shape]] of Object.entries(SHAPES).entries()) {
      const action = number % 2 === 0 ? 'register' : 'heartbeat';
      const field = number % 3 === 0 ? 'groups' : 'serverStatus';
      const told = `{"id":"x","name":"x","url":"http://127.0.0.1:1","metadata":{"${field}":${shape}}}`;
      await expectBrief(`${what} to ${action}`, () => post(`${urls.hub}/api/cluster/${action}`, told));
    }
    stream.close();
  });
});
