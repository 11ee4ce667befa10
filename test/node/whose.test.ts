import { expect } from 'chai';
import { request } from 'undici';
import { encodeSessionNote } from '../../cluster/session-note.ts';
import { nodeTag } from '../../cluster/tag.ts';
import { SESSION_NOTE } from '../../mcp/headers.ts';
import { Pins } from '../../node/bridge/pins.ts';
import { ask } from '../matrix/modern-wire.ts';
import { openEvents, post, RawSession } from '../support/clients.ts';
import { script } from '../support/cluster.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { telltale } from '../support/servers/telltale-entry.ts';
import { call, textOf } from './modern-node.ts';

const TAG = nodeTag('node-1');
const STATE = { 'x-mcphub-state-id': 'one' };
const ANSWERS = { inputResponses: { one: { action: 'accept', content: { who: 'Ada' } } } };

/** What coordinators say of whom a request is for; nothing for a client that comes to the node itself. */
const sessionOf = (principal: string): Record<string, string> =>
  principal === '' ? {} : { [SESSION_NOTE]: encodeSessionNote({ tag: TAG, epoch: 0, movable: true, principal }) };
const modernOf = (principal: string) => ({ ...STATE, 'x-mcphub-principal': principal });

describe('what a node keeps for one principal', () => {
  const nodes = new Nodes();
  let url: string;
  beforeEach(async () => {
    const groups = [{ id: 'g', name: 'g', servers: ['e', 'm', 'tasks', 'own'] }];
    const mcpServers = {
      e: echoServer(),
      m: telltale('--era=modern'),
      tasks: script('modern-extras', {}, '--modern'),
      own: { ...telltale('--era=legacy'), perSessionClient: true },
    };
    ({ url } = await nodes.start({ mcpServers, groups }));
  });
  afterEach(() => nodes.stop());

  const strangers = ['bob', ''];

  it('is no session to another: requests, answers, streams and its end are refused as of an unknown one', async () => {
    const session = await RawSession.open(`${url}/mcp/e`, sessionOf('alice'));
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    for (const stranger of strangers) {
      const headers = { ...sessionOf(stranger), 'mcp-session-id': session.id };
      const refused = await post(session.url, ping, headers);
      const unknown = await post(session.url, ping, { ...headers, 'mcp-session-id': 'x'.repeat(32) });
      expect([refused.status, refused.text]).to.eql([404, unknown.text]);
      expect((await post(session.url, { jsonrpc: '2.0', id: 'hub-1', result: {} }, headers)).status).to.equal(404);
      const stream = await openEvents(session.url, headers);
      expect(stream.status).to.equal(404);
      stream.close();
      const ended = await request(session.url, { method: 'DELETE', headers });
      expect(ended.statusCode).to.equal(404);
      await ended.body.dump();
    }
    expect(await session.call('echo', { message: 'still here' })).to.equal('still here');
    const elsewhere = { ...sessionOf('alice'), 'mcp-session-id': session.id };
    expect((await post(`${url}/mcp/g`, ping, elsewhere)).status).to.equal(404);
  });

  it('is no session of HTTP+SSE to another', async () => {
    const stream = await openEvents(`${url}/sse/e`, sessionOf('alice'));
    const [, path = ''] = /data: (\S+)/.exec(await stream.until('sessionId=')) ?? [];
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    for (const stranger of strangers) expect((await post(url + path, ping, sessionOf(stranger))).status).to.equal(404);
    expect((await post(url + path, ping, sessionOf('alice'))).status).to.equal(202);
    await stream.until('"result"');
    stream.close();
  });

  it('is neither re-created nor ended for another when the node has forgotten it', async () => {
    const { id } = await RawSession.open(`${url}/mcp/e`, sessionOf('alice'));
    const { url: other } = await nodes.start({ mcpServers: { e: echoServer() } });
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    const headers = (who: string) => ({ ...sessionOf(who), 'mcp-session-id': id });
    for (const stranger of strangers) {
      expect((await post(`${other}/mcp/e`, ping, headers(stranger))).status).to.equal(404);
      const ended = await request(`${other}/mcp/e`, { method: 'DELETE', headers: headers(stranger) });
      expect(ended.statusCode).to.equal(404);
      await ended.body.dump();
    }
    expect((await post(`${other}/mcp/e`, ping, headers('alice'))).status).to.equal(200);
  });

  it('is no task to another, at no other target, and not without what the node adds to its id', async () => {
    const begun = await ask(`${url}/mcp/tasks`, { ...call('work'), headers: modernOf('alice') });
    const taskId = String(begun.body?.result?.taskId);
    const get = (id: string, who: string, path = 'tasks') =>
      ask(`${url}/mcp/${path}`, { method: 'tasks/get', params: { taskId: id }, headers: modernOf(who) });
    const raw = taskId.slice(taskId.lastIndexOf('task.'));
    for (const [id, who, path] of [
      ...strangers.map((who) => [taskId, who, 'tasks']),
      [taskId, 'alice', 'g'],
      [taskId, 'alice', ''],
      [raw, 'alice', 'tasks'],
      [taskId.replace(/t\.[\w-]{22}/, `t.${'A'.repeat(22)}`), 'alice', 'tasks'],
      [taskId.replace(/\d+$/, '1'), 'alice', 'tasks'],
    ] as const) {
      const { body } = await get(String(id), String(who), String(path));
      expect(body?.error?.data?.code, `${id} ${who} ${path}`).to.equal('MCPHUB_TASK_UNKNOWN');
    }
    expect((await get(taskId, 'alice')).body?.result).to.include({ taskId, status: 'completed' });
  });

  for (const server of ['m', 'own']) {
    it(`is no call that waits for its client to another, nor at another target, nor by a state of the server's own (${server})`, async () => {
      const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
      const asking = (who: string, more: object = {}, path = server) => {
        const name = path === server ? 'ask' : `${server}-ask`;
        const params = { name, arguments: {}, ...more };
        return ask(`${url}/mcp/${path}`, {
          method: 'tools/call',
          params,
          meta,
          headers: modernOf(who),
        });
      };
      const asked = (await asking('alice')).body?.result as { requestState: string; inputRequests: object };
      const { requestState } = asked;
      const [key = ''] = Object.keys(asked.inputRequests);
      const inputResponses = { [key]: ANSWERS.inputResponses.one };
      const refusals = [
        ...strangers.map((who) => asking(who, { inputResponses, requestState })),
        asking('alice', { inputResponses, requestState }, 'g'),
        asking('alice', { inputResponses, requestState: 'open' }),
        asking('alice', { inputResponses, requestState: `mh.${TAG}.s.open` }),
        asking('alice', { inputResponses, requestState: `${requestState}x` }),
      ];
      for (const { body } of await Promise.all(refusals)) {
        expect(body?.error?.data?.code, JSON.stringify(body)).to.equal('MCPHUB_HELD_CALL_GONE');
      }
      expect(textOf(await asking('alice', { inputResponses, requestState }))).to.include('Ada');
    });
  }
});

describe('what a node gives out to be brought back', () => {
  const alice = { principal: 'alice', target: 'g' };
  const texts = ['plain', 'a.b/c==', '%41', 'with space', 'ü€', '\u0000', 'x'.repeat(5_000), '\ud800'];

  it('comes back as it was, whatever a server made', () => {
    const pins = new Pins(TAG, () => []);
    for (const text of texts) {
      const state = pins.state(alice, 'my.server', text);
      expect(state).to.match(/^[\x21-\x7e]+$/);
      expect(pins.readState(alice, 'my.server', state)).to.eql({ state: text.toWellFormed() });
      const task = pins.task(alice, 'my.server/x', text);
      expect(pins.readTask(alice, task)).to.eql({ server: 'my.server/x', id: text.toWellFormed() });
      expect(pins.readTask({ ...alice, target: '' }, task)).to.equal(undefined);
    }
  });

  it('is understood by members that have the secret, also while it is replaced, and by no other', () => {
    const [before, after] = [new Pins(TAG, () => ['old']), new Pins(TAG, () => ['new', 'old'])];
    const state = before.state(alice, 's', 'x');
    expect(after.readState(alice, 's', state)).to.eql({ state: 'x' });
    expect(before.readState(alice, 's', after.state(alice, 's', 'x'))).to.equal(undefined);
    expect(new Pins(TAG, () => []).readState(alice, 's', state)).to.equal(undefined);
    for (const junk of ['', 'mh.', `mh.${TAG}.s.`, `mh.${TAG}.t.x.%E0.1`, state.slice(0, -1)]) {
      expect(after.readState(alice, 's', junk)).to.equal(undefined);
      expect(after.readTask(alice, junk)).to.equal(undefined);
    }
  });
});
