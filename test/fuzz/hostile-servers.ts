import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import fc from 'fast-check';
import { closeSockets, initialize, post, type RpcMessage, type RpcReply } from '../support/clients.ts';
import { startNode } from '../support/node.ts';
import { changeableSettings } from '../support/servers/hub.ts';
import { json, RemoteFixture } from '../support/servers/remote.ts';
import { until } from '../support/until.ts';
import { allOf, type Faults, type LogLine, watchFaults } from './faults.ts';
import { large } from './hostile/part.ts';
import { type ClientCall, clientCalls, mayBeSilent, type Script, script } from './hostile/script.ts';
import { HostileServer } from './hostile/server.ts';
import { type Live, live, type Property } from './property.ts';

/** Milliseconds within which each call must be answered, also on a machine that has other things to do. */
const BOUND = 10_000;
/** Where the script may leave calls without an answer, the node gives them up after this long; elsewhere never. */
const OPTIONS = { timeout: 100 };

/** The node that must survive it all, and what is around it. */
interface Stage {
  url: string;
  settings: ReturnType<typeof changeableSettings>;
  good: RemoteFixture;
  hostile: HostileServer;
  faults: Faults;
  cases: number;
}

interface Case {
  script: Script;
  calls: ClientCall[];
}

const examples: fc.Arbitrary<Case> = fc.record({ script, calls: clientCalls }, { noNullPrototype: true });

/** One answer with the right id, and no question that the client did not invite. */
function checkReply({ status, events, text }: RpcReply, id: unknown, asked: readonly string[] = []): RpcMessage {
  const answers = events.filter((message) => message.method === undefined);
  const questions = events.filter((message) => message.method !== undefined && message.id !== undefined);
  for (const { method = '' } of questions) ok(asked.includes(method), `the server asked the client ${method}`);
  deepStrictEqual(
    answers.map((message) => message.id),
    [id],
    `the answers to ${JSON.stringify(id)} are ${text.slice(0, 500)}`,
  );
  const [answer] = answers as [RpcMessage];
  const { result, error } = answer;
  ok((result === undefined) !== (error === undefined), `neither result nor error, or both: ${text.slice(0, 500)}`);
  if (result !== undefined) ok(typeof result === 'object' && result !== null && !Array.isArray(result));
  if (error !== undefined) ok(Number.isFinite(error.code) && typeof error.message === 'string');
  ok(error?.data?.code !== 'MCPHUB_INTERNAL', `internal error: ${error?.message}`);
  ok(status !== 500, `status 500: ${text.slice(0, 500)}`);
  return answer;
}

type Headers = Record<string, string>;

async function ask(
  url: string,
  id: unknown,
  call: ClientCall,
  session: Headers,
  asked?: string[],
): Promise<RpcMessage> {
  const signal = AbortSignal.timeout(BOUND);
  const reply = await post(url, textOfCall(id, call), session, signal);
  // JSON that is too deep may be refused as a whole.
  return checkReply(reply, reply.status === 400 && call.depth !== undefined ? null : id, asked);
}

function textOfCall(id: unknown, { method, params, depth = 0 }: ClientCall): string {
  const text = JSON.stringify({ jsonrpc: '2.0', id, method, params });
  return depth === 0 ? text : text.replace('"params":{', `"params":{"x":${large('numbered', depth)},`);
}

async function perform(stage: Stage, { script: played, calls }: Case): Promise<void> {
  const { settings, hostile, good } = stage;
  const url = hostile.play(played, ++stage.cases);
  const server = { type: played.transport, url, perSessionClient: played.own };
  settings.change(settingsFor(good.url, mayBeSilent(played) ? { ...server, options: OPTIONS } : server));
  const opened = await post(`${stage.url}/mcp/h`, initialize({ sampling: {} }), {}, AbortSignal.timeout(BOUND));
  // A shared connection cannot say whom it asks.
  const asked = played.own ? ['sampling/createMessage'] : [];
  const answer = checkReply(opened, 0);
  if (answer.error === undefined) {
    const session = {
      'mcp-session-id': String(opened.headers['mcp-session-id']),
      'mcp-protocol-version': '2025-06-18',
    };
    await post(`${stage.url}/mcp/h`, { jsonrpc: '2.0', method: 'notifications/initialized' }, session);
    await allOf(calls.map((call, index) => ask(`${stage.url}/mcp/h`, `call-${index}`, call, session, asked)));
    await fetch(`${stage.url}/mcp/h`, { method: 'DELETE', headers: session }).then((response) => response.text());
  }
  await checkHealth(stage);
}

function settingsFor(goodUrl: string, h: Record<string, unknown>): object {
  return { mcpServers: { good: { type: 'streamable-http', url: goodUrl }, h } };
}

/** The node answers, its other server serves beside the hostile one, and nothing went wrong behind the scenes. */
async function checkHealth({ url, faults }: Stage): Promise<void> {
  const health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(BOUND) });
  strictEqual(health.status, 200);
  await health.text();
  const opened = await post(`${url}/mcp`, initialize({}), {}, AbortSignal.timeout(BOUND));
  strictEqual(checkReply(opened, 0).error, undefined, 'no session for all servers can be opened');
  const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  const listed = await ask(`${url}/mcp`, 1, { method: 'tools/list', params: {} }, session);
  const tools = listed.result?.tools as { name: string }[] | undefined;
  ok(
    tools?.some(({ name }) => name === 'good-any') === true,
    `the other tools are not listed: ${JSON.stringify(listed.error)}`,
  );
  const called = await ask(`${url}/mcp`, 2, { method: 'tools/call', params: { name: 'good-any' } }, session);
  deepStrictEqual(called.result?.content, [{ type: 'text', text: 'plain' }]);
  await fetch(`${url}/mcp`, { method: 'DELETE', headers: session }).then((response) => response.text());
  deepStrictEqual(faults.take(), []);
}

/** The server that works, with one tool. */
async function startGood(): Promise<RemoteFixture> {
  const good = await new RemoteFixture().start();
  const serverInfo = { name: 'good', version: '1' };
  good.handlers.initialize = ({ message: { id } }, res) =>
    json(res, {
      jsonrpc: '2.0',
      id,
      result: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo },
    });
  good.handlers['tools/list'] = ({ message: { id } }, res) =>
    json(res, { jsonrpc: '2.0', id, result: { tools: [{ name: 'any', inputSchema: { type: 'object' } }] } });
  return good;
}

/** A notification that cannot be written again is logged, and that is all that can be done with it. */
function isDropped({ msg, err }: LogLine): boolean {
  return msg === 'Notification could not be handled' && err?.type === 'RangeError';
}

async function start(): Promise<Live<Case>> {
  const [good, hostile] = await Promise.all([startGood(), new HostileServer().start()]);
  const settings = changeableSettings(settingsFor(good.url, { type: 'streamable-http', url: good.url }));
  const faults = watchFaults(isDropped);
  const { node, url } = await startNode(settings, {
    log: faults.log,
    timing: { serverDeadline: 80, silenceBeforeStream: 50 },
  });
  const stage: Stage = { url, settings, good, hostile, faults, cases: 0 };
  // Once the lists of the good server are known, no deadline can take them away.
  await until(() =>
    checkHealth(stage).then(
      () => true,
      () => false,
    ),
  );
  return {
    perform: (example) => perform(stage, example),
    settle: () => faults.settle(),
    async stop() {
      await node.stop();
      await Promise.all([good.stop(), hostile.stop(), closeSockets()]);
      faults.stop();
    },
  };
}

/** Remote servers that answer whatever they like (node/servers). */
export const HOSTILE_SERVERS: readonly Property[] = [
  live('hostile servers: every call is answered under its id, and the node serves on', 2_000, 120, examples, start),
];
