import { expect } from 'chai';
import { encodeClaim } from '../../cluster/claim.ts';
import { nodeTag } from '../../cluster/tag.ts';
import { encodeFrame, KIND, MAX_FRAME_BODY } from '../../cluster/trunk/frames.ts';
import { until } from '../support/until.ts';
import { answerOf, type Harness, INITIALIZE, startHarness, toolCall } from './support/harness.ts';
import { type HostileNode, startHostileNode } from './support/hostile-node.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const ANSWER = '{"jsonrpc":"2.0","id":1,"result":{}}';

/** Frames that a node may answer with, by what is wrong with them. */
const BAD: Record<string, (id: number) => string> = {
  'a line break in a header': (id) => encodeFrame(KIND.whole, id, '[200,{"x-a":"a\\r\\nb: c"}]', ANSWER),
  'the same in one of several values': (id) => encodeFrame(KIND.whole, id, '[200,{"x-a":["a","b\\nc"]}]', ANSWER),
  'a header name with a space': (id) => encodeFrame(KIND.whole, id, '[200,{"x a":"b"}]', ANSWER),
  'a header without a name': (id) => encodeFrame(KIND.whole, id, '[200,{"":"b"}]', ANSWER),
  'a header of no byte': (id) => encodeFrame(KIND.whole, id, '[200,{"x-a":"\\u2028"}]', ANSWER),
  'a header that is no text': (id) => encodeFrame(KIND.whole, id, '[200,{"x-a":{"b":1}}]', ANSWER),
  'status 9999': (id) => encodeFrame(KIND.whole, id, '[9999,{}]', ANSWER),
  'status 99': (id) => encodeFrame(KIND.whole, id, '[99,{}]', ANSWER),
  'a status between the lines': (id) => encodeFrame(KIND.whole, id, '[200.5,{}]', ANSWER),
  'a status as text': (id) => encodeFrame(KIND.whole, id, '["200",{}]', ANSWER),
  'an interim status': (id) => encodeFrame(KIND.whole, id, '[100,{}]', ANSWER),
  'a change of protocol': (id) => encodeFrame(KIND.whole, id, '[101,{}]', ANSWER),
  'a head that is none': (id) => encodeFrame(KIND.whole, id, 'null', ANSWER),
  'headers that are none': (id) => encodeFrame(KIND.whole, id, '[200,[]]', ANSWER),
  'two lengths': (id) => encodeFrame(KIND.whole, id, '[200,{"content-length":["3","36"]}]', ANSWER),
  'a length that is none': (id) => encodeFrame(KIND.whole, id, '[200,{"content-length":"0x24"}]', ANSWER),
  'a length and chunks': (id) => encodeFrame(KIND.whole, id, '[200,{"transfer-encoding":"chunked"}]', ANSWER),
  'more than it says': (id) => encodeFrame(KIND.whole, id, '[200,{"content-length":"5"}]', ANSWER),
  'a body without a head': (id) => encodeFrame(KIND.data, id, '', ANSWER),
  'an end without a beginning': (id) => encodeFrame(KIND.end, id),
  'a question in place of an answer': (id) => encodeFrame(KIND.request, id, '["GET","/",[]]', ANSWER),
};

describe('router: hostile members', () => {
  let harness: Harness;
  let node: HostileNode;

  function register(id: string, url: string, metadata: object): Promise<Response> {
    return fetch(`${harness.coordinator.url}/api/cluster/register`, {
      method: 'POST',
      body: JSON.stringify({ id, name: id, url, servers: ['a'], metadata: { tag: nodeTag(id), ...metadata } }),
    });
  }
  beforeEach(async () => {
    harness = await startHarness();
    node = await startHostileNode();
  });
  afterEach(async () => {
    await harness.stop();
    await node.stop();
  });

  it('do not end the coordinator with a start that is no date', async () => {
    await register('n', 'http://127.0.0.1:1', { instance: 'a', startedAt: 9e15 });
    for (const startedAt of [1, -1, 1e300, 8.64e15, '1']) {
      const reply = await register('n', 'http://127.0.0.1:2', { instance: 'b', startedAt });
      expect(await reply.json()).to.have.property('message');
    }
    await register('m', 'http://127.0.0.1:1', { instance: 'a', startedAt: 8.64e15 });
    const refused = await register('m', 'http://127.0.0.1:2', { instance: 'b', startedAt: 1 });
    expect([refused.status, await refused.text()].join(' ')).to.match(/^409 .*at \+275760-09-13/);
  });

  it('do not end the coordinator with as many claims as a body holds; their home is told of all, some at a time', async () => {
    const [home, count] = [nodeTag('home'), 140_000];
    const add = Array.from({ length: count }, (_, i) =>
      encodeClaim({ tag: home, key: String(i).padStart(20, '0'), epoch: 1 }),
    );
    const reply = await register('taker', 'http://127.0.0.1:1', { adopted: { full: true, add, remove: [] } });
    expect(reply.status).to.equal(200);
    await reply.text();
    const told = new Set<string>();
    let dropped = 0;
    for (let asked = 0; told.size < count && asked < count / 1_000; asked++) {
      const answer = await register('home', 'http://127.0.0.1:2', { dropped });
      const { stale } = ((await answer.json()) as { data: { stale?: { keys: string[]; cursor: number } } }).data;
      if (stale === undefined) break;
      expect(stale.keys.length).to.be.at.most(10_000);
      for (const key of stale.keys) told.add(key);
      dropped = stale.cursor;
    }
    expect(told.size).to.equal(count);
    expect(((await (await register('home', 'http://127.0.0.1:2', { dropped })).json()) as { data: object }).data)
      .to.not //
      .have.property('stale');
  });

  for (const [what, inner] of [
    ['too long for a client to send', 'x'.repeat(481)],
    ['no session id', 'a b'],
    ['none', ''],
  ] as const) {
    it(`do not give clients a session whose id is ${what}`, async () => {
      node.plain = (_request, response) =>
        response.writeHead(200, { ...JSON_TYPE, 'mcp-session-id': inner }).end(ANSWER);
      node.framed = (id) => encodeFrame(KIND.whole, id, JSON.stringify([200, { 'mcp-session-id': inner }]), ANSWER);
      await (await register('n', node.url, {})).text();
      const { id, response } = await harness.open('/mcp/a');
      expect([id, (await answerOf(response)).error.data.code]).to.eql(['', 'MCPHUB_NODE_LOST']);
    });
  }

  it('are told of in the log where what they say cannot be read, once', async () => {
    for (let times = 0; times < 3; times++) await (await register('n', 'http://127.0.0.1:1', { sessions: -1 })).text();
    const warned = harness.logs.filter(({ fields }) => fields !== undefined);
    expect(warned.map(({ node: id, fields }) => [id, fields])).to.eql([['n', ['sessions']]]);
  });

  describe('that answer on trunks', () => {
    let session: string;
    beforeEach(async () => {
      node.plain = (_request, response) =>
        response.writeHead(200, { ...JSON_TYPE, 'mcp-session-id': 'inner' }).end(ANSWER);
      node.framed = (id) => encodeFrame(KIND.whole, id, '[200,{"content-type":"application/json"}]', ANSWER);
      await (await register('n', node.url, {})).text();
      session = (await harness.open('/mcp/a')).id;
      // Whatever comes first finds no trunk yet.
      await call();
      await until(() => node.trunks.length > 0);
    });
    function call(): Promise<Response> {
      const headers = { 'mcp-session-id': session, 'mcp-protocol-version': INITIALIZE.params.protocolVersion };
      return harness.post('/mcp/a', toolCall(1, 'x'), headers);
    }

    for (const [what, frames] of Object.entries(BAD)) {
      it(`with ${what} fail that request alone`, async () => {
        const good = node.framed;
        node.framed = frames;
        const { id, error } = await answerOf(await call());
        expect([id, error.data.code]).to.eql([1, 'MCPHUB_NODE_LOST']);
        node.framed = good;
        expect(await (await call()).text()).to.equal(ANSWER);
        expect(node.trunks).to.have.length(1);
      });
    }

    it('with a stream of bad heads end nobody but its reader', async () => {
      const good = node.framed;
      node.framed = (id) =>
        encodeFrame(KIND.head, id, '[200,{"content-type":"text/event-stream"}]') +
        encodeFrame(KIND.data, id, '', 'data: 1\n\n') +
        encodeFrame(KIND.head, id, '[9999,{"x a":"\\r\\n"}]');
      expect(await (await call()).text()).to.contain('MCPHUB_NODE_LOST');
      node.framed = good;
      expect(await (await call()).text()).to.equal(ANSWER);
    });

    it('with less than they say are cut off, so that nobody takes it for a whole answer', async () => {
      const good = node.framed;
      node.framed = (id) => encodeFrame(KIND.whole, id, '[200,{"content-length":"50"}]', ANSWER);
      const refused = await call()
        .then((response) => response.text())
        .catch(() => 'cut off');
      expect(refused).to.equal('cut off');
      node.framed = good;
      expect(await (await call()).text()).to.equal(ANSWER);
    });

    it('with more than they were asked for do not fill the coordinator', async () => {
      const flood = (id: number) => encodeFrame(KIND.data, id, '', 'x'.repeat(MAX_FRAME_BODY)).repeat(64);
      node.framed = (id) => encodeFrame(KIND.head, id, '[200,{"content-type":"text/plain"}]') + flood(id).repeat(8);
      const unread = await call();
      await until(() => node.aborts === 1);
      const read = await unread.text().catch(() => 'cut off');
      expect(read).to.equal('cut off');
    });
  });
});
