import { expect } from 'chai';
import { connectV1, RawSession, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

describe('progress through a node', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  const work = (message: string, progressToken: string | number, steps = 3) => ({
    name: 'work',
    arguments: { message, steps },
    _meta: { progressToken, other: 'kept' },
  });

  it('does not go to another session that uses the same token', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const sessions = await Promise.all(['one', 'two'].map(() => RawSession.open(`${url}/mcp/a`)));
    const replies = await Promise.all(
      sessions.map((session, index) => session.request('tools/call', work(`m${index}`, 'token'))),
    );
    replies.forEach(({ events }, index) => {
      expect(events.slice(0, 3).map(({ params }) => params)).to.deep.equal(
        [1, 2, 3].map((step) => ({ progressToken: 'token', progress: step, message: `m${index} ${step}` })),
      );
      expect(textOf(events[3]?.result)).to.equal(`m${index}`);
      expect(events).to.have.length(4);
    });
  });

  it('does not lose frames that come together with the answer, on any transport', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    for (const path of ['/mcp/a', '/sse/a']) {
      const client = await connectV1(url + path);
      const seen: number[] = [];
      // The first frame must not share its chunk with the answer, or this client itself drops frames.
      const result = await client.callTool({ name: 'work', arguments: { message: 'x', steps: 4 } }, undefined, {
        onprogress: ({ progress }) => seen.push(progress),
      });
      expect(textOf(result)).to.equal('x');
      expect(seen, path).to.include.members([1]);
      await client.close();
    }
    const session = await RawSession.open(`${url}/mcp/a`);
    for (let round = 0; round < 20; round++) {
      const { events } = await session.request('tools/call', work('x', 0, 5));
      expect(events.map(({ params }) => params?.progress ?? 'answer')).to.deep.equal([1, 2, 3, 4, 5, 'answer']);
    }
  });

  it('does not show the token of a client to the server, nor keep the rest of _meta from it', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp/a`);
    const params = { ...work('x', 'secret-token'), name: 'params' };
    const meta = JSON.parse(textOf((await session.request('tools/call', params)).body?.result))._meta;
    expect(meta.other).to.equal('kept');
    expect(meta.progressToken).to.be.a('number');
  });

  it('is not sent to a client that did not ask for it', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp/a`);
    const reply = await session.request('tools/call', { name: 'work', arguments: { message: 'x' } });
    expect(reply.headers['content-type']).to.equal('application/json');
  });
});
