import { expect } from 'chai';
import { RawSession, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

const SESSIONS = 64;
const CALLS = 10_000;
/** In flight at once in each session. */
const LANES = 4;

describe('many sessions on one shared server', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  /** One call whose answer, error or progress nobody else can have; returns what is wrong with its reply. */
  async function check(session: RawSession, index: number, call: number): Promise<string | undefined> {
    const message = `s${index}-c${call}-${'x'.repeat(call % 50)}`;
    const kind = call % 4;
    const name = ['echo', 'fail', 'work', 'refuse'][kind];
    // All sessions use the same progress tokens and, by the same counters, the same request ids.
    const meta = kind === 2 ? { _meta: { progressToken: call % 7 } } : {};
    const reply = await session.request('tools/call', { name, arguments: { message, steps: 2 }, ...meta });
    const { body, events } = reply;
    if (kind === 1) return body?.error?.message === message && body.error.code === -32050 ? undefined : reply.text;
    if (textOf(body?.result) !== message) return reply.text;
    if (kind === 3) return body?.result?.isError === true ? undefined : reply.text;
    const progress = events.flatMap(({ params }) => (params === undefined ? [] : [params]));
    const expected = [1, 2].map((step) => ({ progressToken: call % 7, progress: step, message: `${message} ${step}` }));
    return JSON.stringify(progress) === JSON.stringify(kind === 2 ? expected : []) ? undefined : reply.text;
  }

  it('never see answers, errors or progress of each other', async function () {
    this.timeout(60_000);
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => RawSession.open(`${url}/mcp/a`)));
    const wrong: string[] = [];
    let next = 0;
    let answered = 0;
    const lane = async (session: RawSession, index: number) => {
      while (next < CALLS) {
        const problem = await check(session, index, next++);
        answered += 1;
        if (problem !== undefined) wrong.push(problem.slice(0, 300));
      }
    };
    await Promise.all(sessions.flatMap((session, index) => Array.from({ length: LANES }, () => lane(session, index))));
    expect(wrong).to.deep.equal([]);
    expect(answered).to.equal(CALLS);
  });
});
