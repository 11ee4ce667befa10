import { join } from 'node:path';
import { expect } from 'chai';
import { HOST_TIMING } from '../../node/servers/config.ts';
import type { Connection } from '../../node/servers/connection.ts';
import { ModernLink } from '../../node/servers/modern-link.ts';
import { Opener } from '../../node/servers/open.ts';
import { ProcessSlots } from '../../node/servers/process-slots.ts';
import { StartTurns } from '../../node/servers/start-turns.ts';
import { DEFAULTS } from '../../settings/defaults.ts';
import { ask, ModernStream } from '../matrix/modern-wire.ts';
import { connectV1, RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { Hosting } from '../support/servers/hosting.ts';
import { telltale } from '../support/servers/telltale-entry.ts';
import { until } from '../support/until.ts';
import { textOf } from './modern-node.ts';

const OWN = { perSessionClient: true };
const STATE = { 'x-mcphub-state-id': 'one' };
/** What belongs to a revision; clients and servers say it where they should not. */
const OF_REVISIONS = /io\.modelcontextprotocol\/(?!serverInfo)/;
const STRAY = {
  'io.modelcontextprotocol/clientInfo': { name: 'stray', version: '1' },
  'io.modelcontextprotocol/subscriptionId': 5,
  'io.modelcontextprotocol/related-task': { taskId: 'y' },
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'vendor.example/mine': 'kept',
};

describe('what belongs to one revision', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  async function start(): Promise<string> {
    const { url } = await nodes.start({
      mcpServers: {
        shared: telltale('--era=legacy'),
        own: { ...telltale('--era=legacy'), ...OWN },
        modern: telltale('--era=modern'),
      },
    });
    return `${url}/mcp`;
  }

  /** What the server heard in the calls of the tool `said`. */
  function heardBy(text: string): string {
    const heard = JSON.parse(text) as { method?: string; params?: { name?: string } }[];
    const calls = heard.filter(({ params }) => params?.name === 'said');
    expect(calls).to.have.length(1);
    return JSON.stringify(heard);
  }

  for (const server of ['shared', 'own']) {
    it(`does not reach a server of another with a modern client's request (${server})`, async () => {
      const url = `${await start()}/${server}`;
      const stray = server === 'shared' ? { inputResponses: {}, requestState: 'stray' } : { inputResponses: {} };
      const params = { name: 'said', arguments: {}, ...stray };
      const reply = await ask(url, {
        method: 'tools/call',
        params,
        meta: { ...STRAY, progressToken: 9 },
        headers: STATE,
      });
      const heard = heardBy(textOf(reply));
      expect(heard).not.to.match(OF_REVISIONS);
      expect(heard).not.to.match(/inputResponses|requestState/);
      expect(heard).to.include('vendor.example/mine').and.include('traceparent').and.include('progressToken');
    });

    it(`does not reach a modern client from a server of another (${server})`, async () => {
      const url = `${await start()}/${server}`;
      const level = { 'io.modelcontextprotocol/logLevel': 'debug', progressToken: 'mine' };
      const params = { name: 'tell', arguments: {} };
      const stream = await ModernStream.open(url, { method: 'tools/call', params, meta: level, headers: STATE });
      const answer = await stream.first(({ result }) => result !== undefined);
      expect(stream.messages.map(({ method }) => method)).to.include('notifications/progress');
      for (const message of stream.messages) {
        expect(JSON.stringify(message)).not.to.match(OF_REVISIONS);
        expect(JSON.stringify(message)).to.include('vendor.example/key');
      }
      expect(answer.result?.resultType).to.equal('complete');
    });
  }

  it('does not reach a server with the answer of a modern client, nor the client with the question', async () => {
    const url = `${await start()}/own`;
    const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
    const params = { name: 'ask', arguments: {} };
    const asked = (await ask(url, { method: 'tools/call', params, meta, headers: STATE })).body?.result;
    const { inputRequests = {}, requestState } = asked as {
      inputRequests: Record<string, object>;
      requestState: string;
    };
    const [key = ''] = Object.keys(inputRequests);
    expect(JSON.stringify(inputRequests)).not.to.match(OF_REVISIONS);
    expect(JSON.stringify(inputRequests)).to.include('vendor.example/key');
    const inputResponses = { [key]: { action: 'accept', content: { who: 'me' }, _meta: STRAY } };
    const back = { ...params, inputResponses, requestState };
    const answer = textOf(await ask(url, { method: 'tools/call', params: back, meta, headers: STATE }));
    expect(answer).not.to.match(OF_REVISIONS);
    expect(answer).to.include('"who":"me"').and.include('vendor.example/mine');
  });

  it('does not reach a modern server with the request of a session, nor the session from there', async () => {
    const url = `${await start()}/modern`;
    const session = await RawSession.open(url);
    const reply = await session.request('tools/call', { name: 'said', arguments: {}, task: { ttl: 1 }, _meta: STRAY });
    const heard = JSON.parse(textOf(reply)) as { method: string; params: Record<string, unknown> }[];
    const { _meta, task } = (heard.at(-1)?.params ?? {}) as { _meta?: Record<string, unknown>; task?: unknown };
    expect(task).to.equal(undefined);
    expect(_meta?.['io.modelcontextprotocol/clientInfo']).to.deep.equal({ name: 'cluster-test', version: '1.0.0' });
    expect(_meta).not.to.have.any.keys(
      'io.modelcontextprotocol/subscriptionId',
      'io.modelcontextprotocol/related-task',
    );
    expect(_meta).to.include({ 'vendor.example/mine': 'kept' });
    const told = await session.request('tools/call', { name: 'tell', arguments: {}, _meta: { progressToken: 3 } });
    expect(told.events.map(({ method }) => method)).to.include.members([
      'notifications/progress',
      'notifications/message',
    ]);
    for (const message of told.events) {
      expect(JSON.stringify(message)).not.to.match(/io\.modelcontextprotocol\/(?!related-task)/);
      expect(JSON.stringify(message)).to.include('vendor.example/key');
    }
  });

  it('is not in what a modern server asks the client of a session, nor in its answer', async () => {
    const asked: unknown[] = [];
    const client = await connectV1(`${await start()}/modern`, {
      capabilities: { elicitation: {} },
      prepare: (each) => {
        each.fallbackRequestHandler = async ({ params }) => {
          asked.push(params);
          return { action: 'accept', content: { who: 'me' }, _meta: STRAY };
        };
      },
    });
    const answer = JSON.stringify(await client.callTool({ name: 'ask', arguments: {} }));
    await client.close();
    expect(asked).to.have.length(1);
    expect(JSON.stringify(asked)).to.include('vendor.example/key');
    expect(JSON.stringify(asked)).not.to.match(/io\.modelcontextprotocol\/(?!related-task)/);
    expect(answer).to.include('vendor.example/mine').and.not.match(OF_REVISIONS);
  });
});

describe('whether a server speaks 2026-07-28', () => {
  let hosting: Hosting;
  beforeEach(() => {
    hosting = new Hosting();
  });
  afterEach(() => hosting.clean());

  it('is not settled by silence', async () => {
    const { log, guardian } = hosting;
    const config = telltale('--era=both', '--silent=1', `--starts=${join(hosting.folder, 'starts')}`);
    const slots = new ProcessSlots(() => DEFAULTS);
    const opener = new Opener('fixture', config, {
      log,
      install: {},
      guardian,
      slots,
      turns: new StartTurns(() => 1),
      timing: HOST_TIMING,
      startTimeout: () => HOST_TIMING.startTimeout,
      isAwaited: () => false,
    });
    const adopted: Connection[] = [];
    const link = new ModernLink({
      opener,
      clientInfo: { name: 'test', version: '1' },
      log,
      retryAfter: 0,
      onConnected: (connection) => adopted.push(connection),
      onNotification: () => {},
      onLost: () => {},
      onVerdict: () => {},
    });
    try {
      expect(await link.get(1_500)).to.equal(undefined);
      expect(link.verdict).to.equal(undefined);
      await until(async () => (await link.get(1_500)) !== undefined, 20_000);
      expect(link.verdict).to.equal(true);
      expect(adopted).to.have.length(1);
    } finally {
      await link.stop();
      await opener.stop();
    }
  });
});
