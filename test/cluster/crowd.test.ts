import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { closeSockets, RawSession, type RpcReply, textOf } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';

const SESSIONS = 64;
const CALLS = 10_000;
/** Calls of one session that are under way at the same time. */
const LANES = 2;

describe('many clients on one shared process', function () {
  this.timeout(90_000);
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster({ nodes: [{ settings: hosting({ tools: script('cluster-tools') }) }] });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  /** What is wrong with an answer; every session uses the same ids and the same progress tokens. */
  function problem(reply: RpcReply, message: string, id: number, token: number | undefined): string | undefined {
    const { body, events } = reply;
    if (body?.id !== id) return `${message} got the answer of ${body?.id}: ${reply.text}`;
    const said = body.error === undefined ? textOf(body.result) : body.error.message;
    const expected = message.endsWith('!') ? `refused ${message}` : message;
    if (said !== expected) return `${message} was answered with ${said}`;
    const progress = events.filter(({ method }) => method === 'notifications/progress').map(({ params }) => params);
    const wanted = [1, 2].map((step) => ({ progressToken: token, progress: step, message: `${message} ${step}` }));
    const right = isDeepStrictEqual(progress, token === undefined ? [] : wanted);
    if (!right) return `${message} got the progress ${JSON.stringify(progress)}`;
    return undefined;
  }

  /** One call whose message is its own, at times refused, at times with progress. @returns what is wrong */
  async function check(session: RawSession, who: number, id: number): Promise<string | undefined> {
    const message = `session ${who} call ${id}${id % 7 === 0 ? '!' : ''}`;
    const token = id % 5 === 0 ? id : undefined;
    const meta = token === undefined ? {} : { _meta: { progressToken: token } };
    const params = { name: 'work', arguments: { message }, ...meta };
    return problem(await session.send({ jsonrpc: '2.0', id, method: 'tools/call', params }), message, id, token);
  }

  it('does not give one of 64 sessions an answer, an error or progress of another, in 10,000 calls', async () => {
    const sessions = await Promise.all(
      Array.from({ length: SESSIONS }, () => RawSession.open(`${cluster.url}/mcp/tools`)),
    );
    const problems: (string | undefined)[] = [];
    const lane = async (session: RawSession, who: number, first: number) => {
      for (let id = first; problems.length < CALLS; id += LANES) problems.push(await check(session, who, id));
    };
    await Promise.all(
      sessions.flatMap((session, who) => Array.from({ length: LANES }, (_, n) => lane(session, who, n + 1))),
    );
    expect(problems.filter((found) => found !== undefined)).to.eql([]);
    expect(problems.length).to.be.within(CALLS, CALLS + SESSIONS * LANES);
    const pids = new Set(await Promise.all(sessions.map((session) => session.call('pid'))));
    expect(pids.size).to.equal(1);
  });
});
