import { expect } from 'chai';
import { encodeSessionNote } from '../../cluster/session-note.ts';
import { SESSION_NOTE } from '../../mcp/headers.ts';
import { closeSockets, RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

describe('a session that its client has ended', () => {
  const nodes = new Nodes();
  afterEach(async () => {
    await closeSockets();
    await nodes.stop();
  });

  it('is not re-created for a coordinator that has yet to hear of its end', async () => {
    const { url } = await nodes.start({ mcpServers: { e: echoServer() } });
    const note = { [SESSION_NOTE]: encodeSessionNote({ tag: '-', epoch: 0, movable: true, principal: '' }) };
    const session = await RawSession.open(`${url}/mcp/e`, note);
    expect((await session.request('ping')).status).to.equal(200);
    expect(await session.close()).to.equal(200);
    expect((await session.request('ping')).status).to.equal(404);
  });
});
