import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type ListeningProcess, startProcess } from '../../bench/process.ts';
import { ask, ModernStream } from '../matrix/modern-wire.ts';
import { closeSockets, type RpcReply } from '../support/clients.ts';
import { type Cluster, everything, startCluster } from '../support/cluster.ts';
import { comparable, DIRECT, renamed, type Seen, type Side } from './differential-exceptions.ts';
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
async function rounds(url: string, side: Side, { step, answers }: (typeof ROUNDS)[number]): Promise<Seen[]> {
  const seen: Seen[] = [];
  let state: unknown;
  for (const inputResponses of [undefined, ...answers]) {
    const params = {
      ...step.params,
      ...(inputResponses === undefined ? {} : { inputResponses }),
      ...(typeof state === 'string' ? { requestState: state } : {}),
    };
    const reply = await send(url, side, { ...step, params });
    state = reply.body?.result?.requestState;
    seen.push(comparable(reply.status, reply.events, side));
  }
  return seen;
}

/** What a stream of changes is acknowledged with. */
async function acknowledged(url: string, notifications: object): Promise<unknown> {
  const stream = await ModernStream.open(url, { method: 'subscriptions/listen', id: 'L', params: { notifications } });
  const first = await stream.first(() => true);
  stream.close();
  return [stream.status, stream.response.headers['content-type'], first];
}

/** The whole script, by title of the step. */
async function script(url: string, side: Side): Promise<Map<string, unknown>> {
  const seen = new Map<string, unknown>();
  for (const step of MODERN_STEPS) {
    const reply = await send(url, side, step);
    seen.set(step.title, comparable(reply.status, reply.events, side));
  }
  for (const each of ROUNDS) seen.set(`rounds of ${each.step.title}`, await rounds(url, side, each));
  seen.set('listen', await acknowledged(url, { resourceSubscriptions: ['test://watched-resource'] }));
  return seen;
}

describe('the same script of 2026-07-28, direct and through the cluster', function () {
  this.timeout(60_000);
  let direct: ListeningProcess;
  let cluster: Cluster;
  let expected: Map<string, unknown>;

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

  for (const server of ['stdio', 'http']) {
    for (const [route, side] of [
      [server, DIRECT],
      [`with-${server}`, { prefix: `${server}-`, aggregated: true }],
    ] as const) {
      it(`gives results, errors, questions and states that do not differ (${server}, /mcp/${route})`, async () => {
        const routed = await script(`${cluster.url}/mcp/${route}`, side);
        const other = [...expected].filter(([title, seen]) => !same(routed.get(title), seen, side));
        const shown = other.map(([title, seen]) => `${title}:\n${text(routed.get(title))}\n${text(seen)}`);
        expect(shown.join('\n\n')).to.equal('');
      });
    }
  }
});

function same(seen: unknown, wanted: unknown, _side: Side): boolean {
  try {
    expect(seen).to.deep.equal(wanted);
    return true;
  } catch {
    return false;
  }
}

function text(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 700);
}
