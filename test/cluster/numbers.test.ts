import { expect } from 'chai';
import { type Harness, startHarness } from '../router/support/harness.ts';
import { modernHeaders } from '../router/support/modern.ts';
import { closeSockets, initialize, openEvents, post } from '../support/clients.ts';
import { script } from '../support/cluster.ts';
import { Nodes } from '../support/node.ts';
import { NUMBERS, startVerbatim } from '../support/servers/verbatim.ts';
import { until } from '../support/until.ts';

const IDS = ['9007199254740993', '1.0', '1', '"1"', '1e400', '-0', '123456789012345678901234567890'];
const TOKEN = 'token-of-numbers';
const clusterTokens = () => [TOKEN];

/** Two nodes: the servers are at the first, the sessions at either. */
describe('numbers', function () {
  this.timeout(20_000);
  const nodes = new Nodes();
  const remotes: { stop(): void }[] = [];
  let harness: Harness;
  let url: string;
  const servers = ['stdio', 'json', 'events', 'sse'];

  before(async () => {
    harness = await startHarness({ clusterTokens });
    url = harness.coordinator.url;
    const options = { coordinators: [url], clusterTokens };
    const [json, events, sse] = await Promise.all([
      startVerbatim('json'),
      startVerbatim('events'),
      startVerbatim('sse'),
    ]);
    remotes.push(json, events, sse);
    const mcpServers = {
      stdio: script('verbatim'),
      own: script('verbatim', { perSessionClient: true }),
      json: { type: 'streamable-http', url: json.url },
      events: { type: 'streamable-http', url: events.url },
      sse: { type: 'sse', url: sse.url },
    };
    const first = await nodes.start({ mcpServers }, options);
    const second = await nodes.start(
      { mcpServers: { far: script('verbatim') } },
      { ...options, identity: { id: 'node-2', name: 'node-2' } },
    );
    await until(() => first.node.ready() && second.node.ready());
    await until(async () => (await listed()).length === 18);
  });
  after(async () => {
    await nodes.stop();
    await harness.stop();
    for (const remote of remotes) remote.stop();
    await closeSockets();
  });

  async function open(path: string, revision = '2025-06-18', capabilities = {}): Promise<Record<string, string>> {
    const message = initialize(capabilities) as { params: object };
    const body = { ...message, params: { ...message.params, protocolVersion: revision } };
    const { headers } = await post(`${url}${path}`, body);
    return { 'mcp-session-id': String(headers['mcp-session-id']) };
  }
  async function listed(): Promise<unknown[]> {
    const { body } = await post(`${url}/mcp`, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, await open('/mcp'));
    return (body?.result?.tools ?? []) as unknown[];
  }
  const call = (id: string, name: string, meta = '') =>
    `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${name}","arguments":{"numbers":${NUMBERS}}${meta}}}`;

  /** The answer has the id and the numbers of the server, and what the server was sent has those of the client. */
  function expectWhole(text: string, id: string): void {
    expect(text).to.include(`"id":${id},`);
    expect(text).to.include(`"structuredContent":{"numbers":${NUMBERS}}`);
    expect(text).to.include(`\\"arguments\\":{\\"numbers\\":${NUMBERS}}`);
  }

  it('reach every kind of server to the digit, and come back from it, in requests with any id', async () => {
    for (const server of servers) {
      const session = await open(`/mcp/${server}`);
      for (const id of IDS) expectWhole((await post(`${url}/mcp/${server}`, call(id, 'take'), session)).text, id);
      const failed = await post(`${url}/mcp/${server}`, call('1.0', 'fail'), session);
      expect(failed.text).to.include('"id":1.0,').and.to.include(`"data":${NUMBERS}`);
    }
  });

  it('are no other ones in tokens and reports of progress', async () => {
    for (const server of ['stdio', 'events', 'sse']) {
      const session = await open(`/mcp/${server}`);
      const meta = ',"_meta":{"progressToken":9007199254740993}';
      const { text } = await post(`${url}/mcp/${server}`, call('-0', 'take', meta), session);
      expect(text)
        .to.include('"progress":1.0,"total":9007199254740993')
        .and.to.include('"progressToken":9007199254740993');
      expectWhole(text, '-0');
    }
  });

  it('survive a batch', async () => {
    const session = await open('/mcp/stdio', '2025-03-26');
    const { text } = await post(
      `${url}/mcp/stdio`,
      `[${call('1.0', 'take')},${call('1', 'take')},${call('"1"', 'take')}]`,
      session,
    );
    for (const id of ['1.0', '1', '"1"']) expectWhole(text, id);
  });

  it('go from node to node as they are', async () => {
    for (const node of ['stdio', 'far']) {
      const session = await open(`/mcp/${node}`);
      const { text } = await post(`${url}/mcp/${node}`, call('1e400', 'take'), session);
      expectWhole(text, '1e400');
    }
    const all = await open('/mcp');
    for (const name of ['stdio-take', 'far-take', 'json-take', 'sse-take']) {
      expectWhole((await post(`${url}/mcp`, call('9007199254740993', name), all)).text, '9007199254740993');
    }
  });

  it('are the same for a client without a session, and in what it is asked', async () => {
    const envelope = (capabilities: string) =>
      `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":${capabilities}}`;
    const headers = { ...modernHeaders('tools/call', { name: 'take' }), 'x-mcphub-state-id': 'numbers' };
    const { text } = await post(`${url}/mcp/far`, call('1.0', 'take', envelope('{}')), headers);
    expectWhole(text, '1.0');
    const asking = { ...modernHeaders('tools/call', { name: 'ask' }), 'x-mcphub-state-id': 'numbers' };
    const asked = await post(`${url}/mcp/own`, call('1.0', 'ask', envelope('{"elicitation":{}}')), asking);
    const result = (asked.body?.result ?? {}) as { requestState?: string; inputRequests?: object };
    const { requestState, inputRequests = {} } = result;
    const answers = `"inputResponses":{"${Object.keys(inputRequests)[0]}":{"action":"accept","content":{"n":${NUMBERS}}}}`;
    const resumed = call(
      '1e400',
      'ask',
      `${envelope('{"elicitation":{}}')},"requestState":"${requestState}",${answers}`,
    );
    const answered = await post(`${url}/mcp/own`, resumed, asking);
    expect(answered.text).to.include('"id":1e400,').and.to.include(`\\"content\\":{\\"n\\":${NUMBERS}}`);
    expect(answered.text, "the server's own id").to.include('\\"id\\":9007199254740993');
  });

  it('are the same on a stream of HTTP+SSE, and in the answer to a question there', async () => {
    const stream = await openEvents(`${url}/sse/own`);
    const [, endpoint] = /data: (\S+)/.exec(await stream.until('data: ')) ?? [];
    const say = (text: string) => post(`${url}${endpoint}`, text);
    await say(JSON.stringify(initialize({ elicitation: {} })));
    await stream.until('serverInfo');
    await say('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    for (const id of IDS) {
      await say(call(id, 'take'));
      expectWhole(await stream.until(`answered ${id}\n`), id);
    }
    await say(call('-0', 'ask'));
    const [, question] =
      /"id":("[^"]+"),"method":"elicitation|"method":"elicitation.*"id":("[^"]+")/.exec(
        await stream.until('elicitation/create'),
      ) ?? [];
    await say(`{"jsonrpc":"2.0","id":${question},"result":{"action":"accept","content":{"n":${NUMBERS}}}}`);
    const text = await stream.until(`\\"content\\":{\\"n\\":${NUMBERS}}`);
    expect(text).to.include('\\"id\\":9007199254740993,');
    stream.close();
  });

  it('name the call that a client cancels, and no other', async () => {
    const session = await open('/mcp/own', '2025-06-18', { elicitation: {} });
    const asked = post(`${url}/mcp/own`, call('9007199254740993', 'ask'), session);
    const cancel = (id: string) =>
      post(
        `${url}/mcp/own`,
        `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`,
        session,
      );
    // Until the call is there to be cancelled.
    let over = false;
    void asked.then(() => {
      over = true;
    });
    await until(async () => {
      await cancel('9007199254740992');
      expect(over, 'cancelled by the id of another call').to.equal(false);
      await cancel('9007199254740993');
      return over;
    });
    expect((await asked).text).not.to.include('"result"');
  });
});
