import { expect } from 'chai';
import { META } from '../../mcp/modern.ts';
import { ask, ModernStream } from '../matrix/modern-wire.ts';
import type { RpcReply } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';
import { call, textOf } from './modern-node.ts';

const STATE = 'the-same-for-all';

/** Requests of modern clients at a server with a process for each client, as coordinators send them. */
describe('a process for a modern client', () => {
  const nodes = new Nodes();
  let url: string;
  beforeEach(async () => {
    const { url: node } = await nodes.start({ mcpServers: { own: echoServer([], { perSessionClient: true }) } });
    url = `${node}/mcp/own`;
  });
  afterEach(() => nodes.stop());

  const by = (principal: string, state?: string) => ({ 'x-mcphub-principal': principal, 'x-mcphub-state-id': state });
  const pid = async (headers: Record<string, string | undefined>) =>
    textOf(await ask(url, { ...call('pid'), headers }));

  it('is not shared by two principals that choose the same state id', async () => {
    const alice = await pid(by('alice', STATE));
    expect(alice).to.match(/^\d+$/);
    expect(await pid(by('bob', STATE)))
      .to.match(/^\d+$/)
      .and.not.to.equal(alice);
    expect(await pid(by('', STATE)))
      .to.match(/^\d+$/)
      .and.not.to.equal(alice);
    expect(await pid(by('alice', STATE))).to.equal(alice);
    expect(await pid(by('alice', 'another'))).not.to.equal(alice);
  });

  it('tells what it says by itself to its own principal alone', async () => {
    const listen = {
      method: 'subscriptions/listen',
      params: { notifications: { resourceSubscriptions: ['echo://fixed'] } },
    };
    const [alice, bob] = await Promise.all(
      ['alice', 'bob'].map((who) => ModernStream.open(url, { ...listen, headers: by(who, STATE) })),
    );
    const heard = (stream: ModernStream | undefined) =>
      stream?.messages.filter(({ method }) => method === 'notifications/resources/updated').length;
    try {
      for (const stream of [alice, bob]) await stream?.named('notifications/subscriptions/acknowledged');
      const before = { alice: heard(alice), bob: heard(bob) };
      const touch = { ...call('touch', { uri: 'echo://fixed' }), headers: by('alice', STATE) };
      await ask(url, touch);
      await until(() => heard(alice) === (before.alice ?? 0) + 1);
      // What bob's own process says afterwards comes behind whatever alice's may have told him.
      await ask(url, { ...touch, headers: by('bob', STATE) });
      await until(() => (heard(bob) ?? 0) > (before.bob ?? 0));
      expect(heard(bob)).to.equal((before.bob ?? 0) + 1);
    } finally {
      alice?.close();
      bob?.close();
    }
  });

  it('does not go on with a call for a principal that did not begin it, nor with an answer of an earlier round', async () => {
    const capable = { meta: { [META.clientCapabilities]: { elicitation: { form: {} } } } };
    const elicit = (principal: string, params: object = {}) =>
      ask(url, {
        method: 'tools/call',
        params: { name: 'elicit', arguments: {}, ...params },
        headers: by(principal, STATE),
        ...capable,
      });
    const asked = (reply: RpcReply) => reply.body?.result as { requestState: string; inputRequests: object };
    const { requestState, inputRequests } = asked(await elicit('alice'));
    const [key = ''] = Object.keys(inputRequests);
    const answer = { requestState, inputResponses: { [key]: { action: 'accept', content: { who: 'Ada' } } } };
    for (const stranger of ['bob', '']) {
      expect((await elicit(stranger, answer)).body?.error?.data).to.include({ code: 'MCPHUB_HELD_CALL_GONE' });
    }
    // Nothing was answered: the question is asked again, as another round.
    const again = asked(await elicit('alice', { requestState }));
    expect(again.inputRequests).to.have.property(key);
    expect((await elicit('alice', answer)).body?.error?.data).to.include({ code: 'MCPHUB_HELD_CALL_GONE' });
    expect(textOf(await elicit('alice', { ...answer, requestState: again.requestState }))).to.include('Ada');
  });
});
