import { expect } from 'chai';
import { CONFIG } from '../../node/config.ts';
import { Session } from '../../node/sessions/session.ts';
import { RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

describe('what one session keeps', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  it('does not grow with subscriptions: one too many is refused by name, and there is room when one ends', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp/a`);
    const ask = (method: string, n: number) => session.request(`resources/${method}`, { uri: `echo://items/${n}` });
    for (let n = 0; n < CONFIG.maxSubscriptions; n += 50) {
      const replies = await Promise.all(Array.from({ length: 50 }, (_, i) => ask('subscribe', n + i)));
      expect(replies.every(({ body }) => body?.error === undefined)).to.equal(true);
    }
    const refused = await ask('subscribe', CONFIG.maxSubscriptions);
    expect(refused.body?.error?.message).to.include('1000 resources').and.to.include('unsubscribe');
    expect((await ask('subscribe', 0)).body?.result).to.eql({});
    expect((await ask('unsubscribe', 0)).body?.result).to.eql({});
    expect((await ask('subscribe', CONFIG.maxSubscriptions)).body?.result).to.eql({});
  });

  it('does not grow with questions that its client does not answer', async () => {
    const session = new Session({ id: 'x', target: 'a', transport: 'streamable-http', answerTimeout: 60_000 });
    session.client = { revision: '2025-06-18', info: { name: 'c', version: '1' }, capabilities: { sampling: {} } };
    const ask = (n: number) => session.ask({ jsonrpc: '2.0', id: n, method: 'sampling/createMessage' }, {});
    const waiting = Array.from({ length: CONFIG.maxQuestions }, (_, n) => ask(n));
    expect(await ask(-1)).to.have.nested.property('error.data.code', 'MCPHUB_QUESTIONS');
    session.close('the test ends');
    expect((await Promise.all(waiting)).every((outcome) => 'error' in outcome)).to.equal(true);
  });
});
