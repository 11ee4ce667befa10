import { expect } from 'chai';
import { RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';
import { mcpServers, NOTE } from './modern-node.ts';

describe('resources, prompts and completion through a node', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  const UPDATED = 'notifications/resources/updated';
  const FIXED = 'a://fixed';

  async function two(): Promise<string> {
    const mcpServers = { a: echoServer(['name=a']), b: echoServer(['name=b']), c: echoServer(['bare']) };
    return (await nodes.start({ mcpServers })).url;
  }
  const textAt = async (session: RawSession, uri: string) => {
    const { body } = await session.request('resources/read', { uri });
    return (body?.result?.contents as { text: string }[] | undefined)?.[0]?.text ?? body?.error;
  };

  it('are not read from the wrong server', async () => {
    const session = await RawSession.open(`${await two()}/mcp`);
    const { body } = await session.request('resources/list');
    expect((body?.result?.resources as { uri: string }[] | undefined)?.map(({ uri }) => uri)).to.deep.equal([
      FIXED,
      'b://fixed',
    ]);
    expect(await textAt(session, FIXED)).to.equal('a has a://fixed');
    expect(await textAt(session, 'b://items/7')).to.equal('b has b://items/7');
    expect(await textAt(session, 'b://unlisted/of/any/template')).to.equal('b has b://unlisted/of/any/template');
    expect(await textAt(session, 'x://nowhere')).to.include({ code: -32002 });
    const templates = (await session.request('resources/templates/list')).body?.result?.resourceTemplates;
    expect((templates as { uriTemplate: string }[]).map(({ uriTemplate }) => uriTemplate)).to.deep.equal([
      'a://items/{id}',
      'b://items/{id}',
    ]);
  });

  it('are not announced as updated to sessions without a subscription', async () => {
    const url = await two();
    const [one, other] = await Promise.all([RawSession.open(`${url}/mcp`), RawSession.open(`${url}/mcp`)]);
    const streams = await Promise.all([one.listen(), other.listen()]);
    await one.request('resources/subscribe', { uri: FIXED });
    await one.call('a-touch', { uri: FIXED });
    await streams[0].until(FIXED);
    await other.call('a-echo');
    expect(streams[1].received()).to.not.include(UPDATED);
    for (const stream of streams) stream.close();
  });

  it('do not lose an update that comes together with the answer to subscribe', async () => {
    const session = await RawSession.open(`${await two()}/mcp`);
    const stream = await session.listen();
    expect((await session.request('resources/subscribe', { uri: FIXED })).body?.result).to.deep.equal({});
    await stream.until(UPDATED, 2_000);
    stream.close();
  });

  it('do not lose the subscription of a session when another ends its own', async () => {
    const url = await two();
    const [one, other] = await Promise.all([RawSession.open(`${url}/mcp`), RawSession.open(`${url}/mcp`)]);
    await one.request('resources/subscribe', { uri: FIXED });
    await other.request('resources/subscribe', { uri: FIXED });
    expect((await other.request('resources/unsubscribe', { uri: FIXED })).body?.result).to.deep.equal({});
    expect(JSON.parse(await one.call('a-subscribed'))).to.include(FIXED);
    const [stream, silent] = await Promise.all([one.listen(), other.listen()]);
    // What was kept for sessions without a stream came with the head.
    await one.call('a-touch', { uri: FIXED });
    await stream.until(UPDATED);
    const before = silent.received().split(UPDATED).length;
    await one.call('a-touch', { uri: FIXED });
    await one.call('a-echo');
    expect(silent.received().split(UPDATED).length).to.equal(before);
    await one.request('resources/unsubscribe', { uri: FIXED });
    expect(JSON.parse(await one.call('a-subscribed'))).to.deep.equal([]);
    stream.close();
    silent.close();
  });

  it('do not lose the subscription of a session when another one ends what it never had', async () => {
    const url = `${await two()}/mcp`;
    const [one, other] = [await RawSession.open(url), await RawSession.open(url)];
    await one.request('resources/subscribe', { uri: FIXED });
    expect((await other.request('resources/unsubscribe', { uri: FIXED })).body?.result).to.eql({});
    expect(await one.call('a-subscribed')).to.include(FIXED);
  });

  it('do not stay subscribed to for a session that is over', async () => {
    const url = await two();
    const [one, other] = await Promise.all([RawSession.open(`${url}/mcp`), RawSession.open(`${url}/mcp`)]);
    await one.request('resources/subscribe', { uri: FIXED });
    await other.request('resources/subscribe', { uri: FIXED });
    await one.close();
    expect(JSON.parse(await other.call('a-subscribed'))).to.include(FIXED);
    await other.close();
    const third = await RawSession.open(`${url}/mcp`);
    expect(JSON.parse(await third.call('a-subscribed'))).to.deep.equal([]);
  });

  it('do not lose subscriptions when the server was restarted', async () => {
    const session = await RawSession.open(`${await two()}/mcp`);
    await session.request('resources/subscribe', { uri: FIXED });
    await session.request('tools/call', { name: 'a-exit' });
    await until(async () => (await session.call('a-subscribed').catch(() => '')).includes(FIXED));
  });

  it('do not change unheard at a server of 2026-07-28 that is set to have a process for each session', async () => {
    const { url } = await nodes.start({ mcpServers: { m: { ...mcpServers.m, perSessionClient: true } } });
    const session = await RawSession.open(`${url}/mcp/m`);
    const stream = await session.listen();
    expect((await session.request('resources/subscribe', { uri: NOTE })).body?.result).to.eql({});
    await session.call('touch');
    await stream.until(UPDATED);
    stream.close();
  });

  it('are not subscribed to when the server refused', async () => {
    const session = await RawSession.open(`${await two()}/mcp/c`);
    expect((await session.request('resources/subscribe', { uri: 'c://x' })).body?.error?.code).to.equal(-32601);
    const stream = await session.listen();
    await session.call('touch', { uri: 'c://x' });
    await session.call('echo');
    expect(stream.received()).to.not.include(UPDATED);
    stream.close();
  });

  it('prompts and completions do not go to the wrong server, nor with a prefixed name', async () => {
    const session = await RawSession.open(`${await two()}/mcp`);
    const { text } = await session.request('prompts/list');
    expect(text).to.include('"a-greet"').and.include('"b-greet"');
    const got = await session.request('prompts/get', { name: 'b-greet', arguments: { who: 'Ada' } });
    expect(got.text).to.include('b: greet Ada');
    const complete = async (ref: object) => {
      const { body } = await session.request('completion/complete', { ref, argument: { name: 'who', value: 'A' } });
      return (body?.result?.completion as { values: string[] } | undefined)?.values[0] ?? body?.error?.code;
    };
    expect(await complete({ type: 'ref/prompt', name: 'b-greet' })).to.equal(
      'b {"type":"ref/prompt","name":"greet"} A',
    );
    expect(await complete({ type: 'ref/resource', uri: 'a://items/{id}' })).to.match(/^a /);
    expect(await complete({ type: 'ref/resource', uri: 'z://items/{id}' })).to.equal(-32602);
    expect(await complete({ type: 'ref/other' })).to.equal(-32602);
    expect((await session.request('prompts/get', { name: 'nope' })).body?.error?.code).to.equal(-32602);
  });

  it('do not tell the values of a template that is disabled, on any route', async () => {
    const resources = { 'a://items/{id}': { enabled: false } };
    const mcpServers = { a: echoServer(['name=a'], { resources }), b: echoServer(['name=b']) };
    const { url } = await nodes.start({ mcpServers });
    const params = { ref: { type: 'ref/resource', uri: 'a://items/{id}' }, argument: { name: 'id', value: '7' } };
    const single = await RawSession.open(`${url}/mcp/a`);
    const { body } = await single.request('completion/complete', params);
    expect(body?.error?.data?.code).to.equal('MCPHUB_DISABLED');
    const all = await RawSession.open(`${url}/mcp`);
    expect((await all.request('completion/complete', params)).text).not.to.match(/"a /);
  });
});
