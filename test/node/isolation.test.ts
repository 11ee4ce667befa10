import { expect } from 'chai';
import { RawSession, type RpcReply, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

const SESSIONS = 64;
const CALLS = 10_000;
/** In flight at once in each session. */
const LANES = 4;

describe('many sessions on one shared server', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  type Check = (session: RawSession, message: string, call: number) => Promise<RpcReply | undefined>;
  const wrongUnless = (right: boolean, reply: RpcReply) => (right ? undefined : reply);

  /** Calls whose answer, error or progress nobody else can have; each returns a reply that is wrong. */
  const checks: Check[] = [
    async (session, message) => {
      const reply = await session.request('tools/call', { name: 'echo', arguments: { message } });
      return wrongUnless(textOf(reply.body?.result) === message, reply);
    },
    async (session, message) => {
      const reply = await session.request('tools/call', { name: 'fail', arguments: { message } });
      return wrongUnless(reply.body?.error?.message === message, reply);
    },
    async (session, message) => {
      const reply = await session.request('tools/call', { name: 'refuse', arguments: { message } });
      return wrongUnless(reply.body?.result?.isError === true && textOf(reply.body.result) === message, reply);
    },
    // All sessions use the same progress tokens and, by the same counters, the same request ids.
    async (session, message, call) => {
      const progressToken = call % 7;
      const params = { name: 'work', arguments: { message, steps: 2 }, _meta: { progressToken } };
      const reply = await session.request('tools/call', params);
      const [first, second, answer] = reply.events;
      const progress = [1, 2].map((step) => ({ progress: step, message: `${message} ${step}`, progressToken }));
      const seen = JSON.stringify([first?.params, second?.params]);
      return wrongUnless(seen === JSON.stringify(progress) && textOf(answer?.result) === message, reply);
    },
  ];

  it('do not leak listeners while they wait for a server that starts', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    const { url } = await nodes.start({ mcpServers: { a: echoServer(['delay=200']) } });
    await Promise.all(Array.from({ length: 20 }, () => RawSession.open(`${url}/mcp/a`)));
    process.off('warning', note);
    expect(warnings.map(({ message }) => message)).to.deep.equal([]);
  });

  it('never see answers, errors or progress of each other', async function () {
    this.timeout(60_000);
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => RawSession.open(`${url}/mcp/a`)));
    const wrong: string[] = [];
    let next = 0;
    let answered = 0;
    const lane = async (session: RawSession, index: number) => {
      while (next < CALLS) {
        const call = next++;
        const message = `s${index}-c${call}-${'x'.repeat(call % 50)}`;
        const problem = await checks[call % checks.length]?.(session, message, call);
        answered += 1;
        if (problem !== undefined) wrong.push(problem.text.slice(0, 300));
      }
    };
    await Promise.all(sessions.flatMap((session, index) => Array.from({ length: LANES }, () => lane(session, index))));
    expect(wrong.slice(0, 5)).to.deep.equal([]);
    expect(answered).to.equal(CALLS);
  });
});
