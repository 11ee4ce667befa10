import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type ListeningProcess, startProcess } from '../../bench/process.ts';
import { ask, ModernStream } from '../matrix/modern-wire.ts';
import { closeSockets, type RpcMessage, type RpcReply } from '../support/clients.ts';
import { type Cluster, everything, startCluster } from '../support/cluster.ts';
import { DIRECT, differences, renamed, type Script, type Side } from './differential-exceptions.ts';
import { MODERN_STEPS, ROUNDS, type Step } from './differential-steps.ts';

const FIXTURE = fileURLToPath(new URL('../support/fixture/', import.meta.url));

async function send(url: string, side: Side, { method, params, meta, headers }: Step): Promise<RpcReply> {
  return ask(url, {
    method,
    params: renamed(params, side),
    ...(meta === undefined ? {} : { meta }),
    ...(headers === undefined ? {} : { headers }),
  });
}

/** All rounds of a call: what it was answered with each time. */
async function rounds(url: string, side: Side, { step, answers }: (typeof ROUNDS)[number]): Promise<RpcReply[]> {
  const replies: RpcReply[] = [];
  for (const inputResponses of [undefined, ...answers]) {
    const requestState = replies.at(-1)?.body?.result?.requestState;
    const params = {
      ...step.params,
      ...(inputResponses === undefined ? {} : { inputResponses }),
      ...(requestState === undefined ? {} : { requestState }),
    };
    replies.push(await send(url, side, { ...step, params }));
  }
  return replies;
}

/** How a stream of changes begins. */
async function listen(url: string): Promise<{ status: number; events: RpcMessage[] }> {
  const notifications = { resourceSubscriptions: ['test://watched-resource'] };
  const stream = await ModernStream.open(url, { method: 'subscriptions/listen', id: 'L', params: { notifications } });
  const acknowledged = await stream.first(() => true);
  stream.close();
  return { status: stream.status, events: [acknowledged] };
}

/** The whole script, by title of the step. */
async function script(url: string, side: Side): Promise<Script> {
  const seen: Script = new Map();
  for (const step of MODERN_STEPS) seen.set(step.title, [await send(url, side, step)]);
  for (const each of ROUNDS) seen.set(`rounds of ${each.step.title}`, await rounds(url, side, each));
  seen.set('subscriptions/listen', [await listen(url)]);
  return seen;
}

describe('the same script of 2026-07-28, direct and through the cluster', function () {
  this.timeout(60_000);
  let direct: ListeningProcess;
  let cluster: Cluster;
  let expected: Script;

  before(async () => {
    direct = await startProcess({ name: 'fixture', args: [`${FIXTURE}http.ts`, 'modern'] });
    const stdio = { command: process.execPath, args: [`${FIXTURE}stdio.ts`, 'modern'] };
    const http = { type: 'streamable-http', url: `${direct.url}/mcp` };
    const groups = ['stdio', 'http'].map((name) => ({
      id: `with-${name}`,
      name: `with-${name}`,
      servers: [name, 'more'],
    }));
    const settings = { mcpServers: { stdio, http, more: everything() }, groups };
    cluster = await startCluster({ nodes: [{ settings }, { settings }] });
    expected = await script(`${direct.url}/mcp`, DIRECT);
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
    await direct?.stop();
  });

  it('is not compared with nothing: what the server says itself is complete', () => {
    const last = ROUNDS.map(({ step }) => expected.get(`rounds of ${step.title}`)?.at(-1)?.events.at(-1)?.result);
    expect(last.map((result) => result?.resultType)).to.deep.equal(ROUNDS.map(() => 'complete'));
    expect([...expected.values()].flat().every(({ events }) => events.length > 0)).to.equal(true);
    const answered = [...expected.values()].flat().filter(({ events }) => events.at(-1)?.result !== undefined);
    expect(answered).to.have.length.greaterThan(25);
  });

  for (const server of ['stdio', 'http']) {
    for (const [route, side] of [
      [server, DIRECT],
      [`with-${server}`, { prefix: `${server}-`, aggregated: true }],
    ] as const) {
      it(`gives results, errors, questions and states that do not differ (${server}, /mcp/${route})`, async () => {
        const routed = await script(`${cluster.url}/mcp/${route}`, side);
        expect(differences(routed, expected, side)).to.equal('');
      });
    }
  }
});
