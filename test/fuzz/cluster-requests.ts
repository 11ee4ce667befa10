import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import fc from 'fast-check';
import { mintInnerId } from '../../cluster/inner-id.ts';
import { requestIds } from '../../mcp/jsonrpc.ts';
import { type Harness, startHarness } from '../router/support/harness.ts';
import { closeSockets, type EventReader, openEvents, RawSession } from '../support/clients.ts';
import { startNode } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { RemoteFixture } from '../support/servers/remote.ts';
import { until } from '../support/until.ts';
import { allOf, type Faults, watchFaults } from './faults.ts';
import { type Live, live, type Property } from './property.ts';
import { bytesOf, type Facts, mustBeAnswered, type RawRequest, rawRequest } from './raw/request.ts';
import { type Heard, sendRaw } from './raw/socket.ts';

const TOKEN = 'fuzz-token';
/** Milliseconds within which everything must be answered: a new session waits for a node for as long as `PLACEMENT`. */
const BOUND = 10_000;
const PLACEMENT = 150;

interface Stage {
  harness: Harness;
  ports: Record<Member, number>;
  /** Opened before all cases; it must outlive them. */
  healthy: RawSession;
  /** A session and a stream that the cases may do to whatever they like. */
  session: RawSession;
  stream: EventReader;
  faults: Faults;
}

type Member = 'coordinator' | 'node';

/** Requests that are sent at once. */
interface Case {
  /** Nodes are reached by whoever has the cluster token. */
  to: Member;
  requests: RawRequest[];
}

const examples: fc.Arbitrary<Case> = fc.record(
  {
    to: fc.constantFrom<Member>('coordinator', 'coordinator', 'coordinator', 'node'),
    requests: fc.array(rawRequest, { minLength: 1, maxLength: 3 }),
  },
  { noNullPrototype: true },
);

/** An HTTP+SSE stream and the session id in its endpoint event. */
async function openStream(url: string): Promise<EventReader> {
  const stream = await openEvents(`${url}/sse/both`);
  await stream.until('sessionId=');
  return stream;
}

/** The node knows a session by the middle of its id. */
function asKnownTo(member: Member, id: string): string {
  return member === 'node' ? (id.split('.')[1] ?? '') : id;
}

async function factsOf(stage: Stage, to: Member): Promise<Facts> {
  const { harness, stream } = stage;
  if (stream.response.destroyed) stage.stream = await openStream(harness.coordinator.url);
  const stillThere = await stage.session.request('ping');
  if (stillThere.status !== 200) stage.session = await RawSession.open(`${harness.coordinator.url}/mcp/both`);
  const inStream = /sessionId=(\S+)/.exec(stage.stream.received())?.[1] ?? '';
  return {
    session: asKnownTo(to, stage.session.id),
    stream: asKnownTo(to, decodeURIComponent(inStream)),
    fresh: mintInnerId(
      { revision: '2025-06-18', capabilities: {}, createdAt: Date.now() },
      { target: 'both', principal: '' },
    ),
    token: TOKEN,
  };
}

function check(request: RawRequest, { status, head, body }: Heard): void {
  if (status === undefined) return ok(!mustBeAnswered(request), 'the connection closed without a response');
  ok(status < 500 || status === 503, `status ${status}: ${body.slice(0, 500)}`);
  if (status === 503) ok(head.includes('\r\nretry-after: '), 'a 503 without Retry-After');
  ok(!body.includes('MCPHUB_INTERNAL'), body.slice(0, 500));
  if (mustBeAnswered(request) && /content-type: application\/json/.test(head)) checkIds(request, body);
}

/** No error or result may carry an id that nobody used. */
function checkIds(request: RawRequest, body: string): void {
  if (!/^(http:\/\/127.0.0.1)?\/(mcp|messages)/.test(request.target) || request.method !== 'POST') return;
  const known = new Set<unknown>([null, ...requestIds(Buffer.from(request.body))]);
  const answers = [JSON.parse(Buffer.from(body, 'latin1').toString())].flat() as { id?: unknown }[];
  for (const answer of answers) {
    if ('id' in answer) ok(known.has(answer.id), `an answer to ${JSON.stringify(answer.id)}`);
  }
}

/** Coordinators bring the token; nothing else is served by a node. */
function withToken(request: RawRequest): RawRequest {
  return { ...request, headers: [...request.headers, ['x-mcphub-cluster-token', '{token}']] };
}

async function perform(stage: Stage, { to, requests }: Case): Promise<void> {
  const facts = await factsOf(stage, to);
  const sent = requests.map(async (request) => {
    const bytes = bytesOf(to === 'node' ? withToken(request) : request, facts);
    check(request, await sendRaw(stage.ports[to], bytes, mustBeAnswered(request), BOUND));
  });
  await allOf(sent);
  strictEqual(await stage.healthy.call('any'), 'plain');
  deepStrictEqual(stage.faults.take(), []);
}

async function start(): Promise<Live<Case>> {
  const faults = watchFaults();
  const good = await new RemoteFixture().start();
  const clusterTokens = () => [TOKEN];
  const harness = await startHarness({
    clusterTokens,
    secrets: () => ['fuzz-secret'],
    log: faults.log,
    timings: { placementTimeout: PLACEMENT, connectTimeout: PLACEMENT },
  });
  const { url } = harness.coordinator;
  const { node } = await startNode(
    {
      mcpServers: { good: { type: 'streamable-http', url: good.url }, echo: echoServer() },
      groups: [{ name: 'both', servers: ['good', 'echo'] }],
    },
    { clusterTokens, coordinators: [url], log: faults.log },
  );
  await until(() => node.ready());
  const [healthy, session] = await Promise.all([
    RawSession.open(`${url}/mcp/good`),
    RawSession.open(`${url}/mcp/both`),
  ]);
  const stream = await openStream(url);
  const ports = { coordinator: Number(new URL(url).port), node: Number(new URL(node.url).port) };
  const stage: Stage = { harness, ports, healthy, session, stream, faults };
  return {
    perform: (example) => perform(stage, example),
    settle: () => faults.settle(),
    async stop() {
      stage.stream.close();
      await node.stop();
      await harness.stop();
      await Promise.all([good.stop(), closeSockets()]);
      faults.stop();
    },
  };
}

/** A coordinator and a node that are sent anything that goes through a socket (router, node/http). */
export const CLUSTER_REQUESTS: readonly Property[] = [
  live('cluster: every request is answered or cut off, and other sessions go on', 6_250, 300, examples, start),
];
