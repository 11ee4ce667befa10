import { expect } from 'chai';
import type { Item } from '../../node/catalog/lists.ts';
import { createToolSearch } from '../../node/smart/search.ts';
import { paramsFor } from '../../node/smart/serve.ts';
import { connectV1, connectV2, RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

const tool = (name: string, description = '', properties: object = {}): Item => ({
  name,
  description,
  inputSchema: { type: 'object', properties },
});
const THREE = ['search_tools', 'describe_tool', 'call_tool'];

describe('the search over tools', () => {
  const items = [
    tool('github-create_issue', 'Open a new issue in a repository'),
    tool('github-listPullRequests', 'What waits for a merge'),
    tool('mail-send', 'Sends an email', { recipient: { type: 'string', description: 'address of the addressee' } }),
    { ...tool('db-q1', 'Runs SQL'), title: 'Query the warehouse' },
    tool('calendar-create_event', 'Creates an event'),
    { name: 'odd', description: 7, inputSchema: { properties: { x: null } } },
  ];
  const found = async (query: string, limit = 3) =>
    (await createToolSearch(items).search(query, limit)).map(({ name }) => name);

  it('does not miss a tool by its name, title, description or parameters', async () => {
    for (const [query, name] of [
      ['create issue', 'github-create_issue'],
      ['how do I open an issue in the repository', 'github-create_issue'],
      ['pull requests', 'github-listPullRequests'],
      ['listpullrequests', 'github-listPullRequests'],
      ['warehouse', 'db-q1'],
      ['addressee', 'mail-send'],
      ['calend', 'calendar-create_event'],
      ['calender', 'calendar-create_event'],
      ['GITHUB-CREATE_ISSUE', 'github-create_issue'],
    ] as const) {
      expect((await found(query))[0], query).to.equal(name);
    }
  });

  it('does not give more than was asked for, nor anything for nothing', async () => {
    expect(await found('create', 1)).to.have.length(1);
    expect(await found('the of a')).to.deep.equal([]);
    expect(await found('zzzzzz')).to.deep.equal([]);
    expect(await createToolSearch([]).search('x', 5)).to.deep.equal([]);
  });

  it('is not built again for the same list', () => {
    expect(createToolSearch(items)).to.equal(createToolSearch(items));
  });
});

describe('the parameters of a call behind call_tool', () => {
  it('do not lose the progress token or a request state, nor invent arguments', () => {
    expect(paramsFor('a', undefined, undefined)).to.deep.equal({ name: 'a' });
    expect(
      paramsFor('a', { x: 1 }, { name: 'call_tool', arguments: {}, requestState: 's', _meta: { progressToken: 7 } }),
    ).to.deep.equal({
      name: 'a',
      arguments: { x: 1 },
      requestState: 's',
      _meta: { progressToken: 7 },
    });
  });
});

describe('a smart target of a node', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  interface Result {
    content: { text: string }[];
    isError?: boolean;
    structuredContent?: Record<string, unknown>;
  }
  async function use(session: RawSession, name: string, args: object): Promise<Result> {
    const { body, text } = await session.request('tools/call', { name, arguments: args });
    if (body?.result === undefined) throw new Error(`${name} was answered with ${text}`);
    return body.result as unknown as Result;
  }
  const textOf = ({ content }: Result) => content[0]?.text ?? '';
  const search = async (session: RawSession, query: string, limit?: number) =>
    (await use(session, 'search_tools', { query, ...(limit === undefined ? {} : { limit }) })).structuredContent
      ?.tools as { name: string; description: string }[];

  it('does not fill the context of a model with 2,000 tools, and finds the right one among them', async () => {
    const verbs = ['create', 'list', 'delete', 'update', 'fetch', 'send', 'merge', 'archive', 'rename', 'export'];
    const nouns = [
      'issue',
      'invoice',
      'calendar',
      'email',
      'ticket',
      'branch',
      'deployment',
      'dashboard',
      'user',
      'file',
    ];
    const names = (area: string) => verbs.flatMap((verb) => nouns.map((noun) => `${verb}_${area}_${noun}`)).join(',');
    const areas = Array.from({ length: 20 }, (_, number) => `area${number}`);
    const { url } = await nodes.start({
      mcpServers: {
        one: echoServer([`tools=${areas.slice(0, 10).map(names).join(',')}`]),
        two: echoServer([`tools=${areas.slice(10).map(names).join(',')}`]),
      },
    });
    const session = await RawSession.open(`${url}/mcp/$smart`);
    const { body } = await session.request('tools/list');
    expect((body?.result?.tools as Item[] | undefined)?.map(({ name }) => name)).to.deep.equal(THREE);
    for (const [query, name] of [
      ['merge a branch in area13', 'two-merge_area13_branch'],
      ['area4 send email', 'one-send_area4_email'],
      ['export dashbord area19', 'two-export_area19_dashboard'],
    ] as const) {
      const first = (await search(session, query, 5)).map((found) => found.name);
      expect(first, query).to.include(name);
      expect(textOf(await use(session, 'call_tool', { name }))).to.equal(`${name.slice(4)} answers`);
    }
    expect(await search(session, 'invoice')).to.have.length(10);
  }).timeout(20_000);

  it('does not list prompts and resources, and is a whole server to an SDK client', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer(), b: echoServer() } });
    const client = await connectV1(`${url}/mcp/$smart/a`);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).to.deep.equal(THREE);
    expect(tools.map(({ annotations }) => annotations?.readOnlyHint === true)).to.deep.equal([true, true, false]);
    expect((await client.listPrompts()).prompts).to.deep.equal([]);
    expect((await client.listResources()).resources).to.deep.equal([]);
    expect((await client.listResourceTemplates()).resourceTemplates).to.deep.equal([]);
    const progress: unknown[] = [];
    const worked = await client.callTool(
      { name: 'call_tool', arguments: { name: 'a-work', arguments: { message: 'done', steps: 2 } } },
      undefined,
      { onprogress: (step) => progress.push(step.message) },
    );
    expect(worked.content).to.deep.equal([{ type: 'text', text: 'done' }]);
    expect(progress).to.deep.equal(['done 1', 'done 2']);
    await client.close();
    const session = await RawSession.open(`${url}/mcp/$smart`);
    expect((await session.request('tools/list', { cursor: 'x' })).body?.error?.code).to.equal(-32602);
  });

  it('does not show other tools to a client without a session', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const client = await connectV2(`${url}/mcp/$smart`, 'auto');
    expect((await client.listTools()).tools.map(({ name }) => name)).to.deep.equal(THREE);
    const answer = await client.callTool({
      name: 'call_tool',
      arguments: { name: 'a-echo', arguments: { message: 'hi' } },
    });
    expect(answer.content).to.deep.equal([{ type: 'text', text: 'hi' }]);
    await client.close();
  });

  it('does not find, describe or call what the group hides', async () => {
    const { url } = await nodes.start({
      mcpServers: { a: echoServer(), b: echoServer() },
      groups: [
        { name: 'g', servers: [{ name: 'a', alias: 'x', tools: { echo: { name: 'say' }, pid: { enabled: false } } }] },
      ],
    });
    const session = await RawSession.open(`${url}/mcp/$smart/g`);
    const names = (await search(session, 'say pid echo level', 50)).map(({ name }) => name);
    expect(names).to.include.members(['x-say', 'x-level']);
    expect(names.filter((name) => name.startsWith('b-') || name.endsWith('pid'))).to.deep.equal([]);
    expect(textOf(await use(session, 'call_tool', { name: 'x-say', arguments: { message: 'hi' } }))).to.equal('hi');
    const described = await use(session, 'describe_tool', { name: 'x-say' });
    expect(described.structuredContent).to.include({ name: 'x-say' }).and.have.property('inputSchema');
    expect(JSON.parse(textOf(described))).to.deep.equal(described.structuredContent);
    for (const [name, args, sentence] of [
      ['call_tool', { name: 'x-pid' }, /'x-pid' is disabled/],
      ['call_tool', { name: 'b-echo' }, /no tool named "b-echo"/],
      ['describe_tool', { name: 'x-pid' }, /no tool named "x-pid"/],
    ] as const) {
      const result = await use(session, name, args);
      expect(result.isError, name).to.equal(true);
      expect(textOf(result)).to.match(sentence);
    }
  });

  it('does not leave a model alone with wrong arguments', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer(['tools=create_issue,close_issue']) } });
    const session = await RawSession.open(`${url}/mcp/$smart`);
    for (const [name, args, sentence] of [
      ['search_tools', {}, /query must be a text/],
      ['search_tools', { query: ' ' }, /query must be a text/],
      ['search_tools', { query: 'x', limit: 0 }, /limit must be a whole number from 1 to 50/],
      ['search_tools', { query: 'x', limit: '5' }, /limit must be/],
      ['describe_tool', { name: 1 }, /name must be the name of a tool exactly/],
      ['describe_tool', { name: 'create_isue' }, /nearest names are a-create_issue/],
      ['call_tool', { name: 'a-create_issue', arguments: '{}' }, /arguments must be an object/],
      ['call_tool', { name: 'create_issue' }, /nearest names are a-create_issue/],
      ['call_tool', { name: 'a-create_isues' }, /nearest names are a-create_issue/],
      ['call_tool', {}, /name must be/],
    ] as const) {
      const result = await use(session, name, args);
      expect(result.isError, JSON.stringify(args)).to.equal(true);
      expect(textOf(result)).to.match(sentence);
    }
    expect(textOf(await use(session, 'search_tools', { query: 'qqqqq' }))).to.match(/None of \d+ tools fits/);
    const direct = await session.request('tools/call', { name: 'a-create_issue' });
    expect(direct.body?.error?.message).to.include('call_tool');
  });

  it('does not hide that a server was not searched, nor wait for it to list its own tools', async () => {
    const { url } = await nodes.start(
      { mcpServers: { mute: echoServer(['no-list']), b: echoServer() } },
      { timing: { serverDeadline: 1_500 } },
    );
    const session = await RawSession.open(`${url}/mcp/$smart`);
    const asked = performance.now();
    await session.request('tools/list');
    expect(performance.now() - asked, 'the three tools wait for no server').to.be.below(1_000);
    expect(textOf(await use(session, 'search_tools', { query: 'echo' }))).to.match(/^b-echo: echo of.*mute$/s);
  });
});
