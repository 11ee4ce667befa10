import { expect } from 'chai';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type Coordinator, createCoordinator } from '../../router/coordinator.ts';
import { faultySettings } from '../support/faulty-settings.ts';
import { until } from '../support/until.ts';
import { type ForeignNode, startForeignNode } from './support/foreign-node.ts';
import { INITIALIZE } from './support/harness.ts';

const TIMING = { nodeTimeout: 300, cleanupInterval: 50 };
const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

describe('router: a defect of ours', () => {
  const entries = new Set<string>();
  let settings: ReturnType<typeof faultySettings>;
  let coordinator: Coordinator;
  let node: ForeignNode;
  beforeEach(async () => {
    entries.clear();
    settings = faultySettings({ systemConfig: { cluster: { coordinator: TIMING } } });
    coordinator = createCoordinator({
      settings,
      listen: { host: '127.0.0.1', port: 0, basePath: '' },
      log: pino({ level: 'error' }, { write: (line: string) => void entries.add(JSON.parse(line).entry) }),
      metrics: new Registry(),
      version: '0.0.0',
      clusterTokens: () => [],
      secrets: () => [],
      mode: 'coordinator',
    });
    await coordinator.start();
    node = await startForeignNode('n');
    expect((await register()).status).to.equal(200);
  });
  afterEach(async () => {
    settings.faulty = false;
    await coordinator.stop();
    await node.stop();
  });

  const post = (path: string, body: string | ReadableStream) => {
    const init = { method: 'POST', headers: JSON_TYPE, body, duplex: 'half' } as RequestInit;
    return fetch(`${coordinator.url}${path}`, init);
  };
  const register = (body = (text: string): string | ReadableStream => text) =>
    post('/api/cluster/register', body(JSON.stringify({ id: 'n', name: 'n', url: node.url, servers: ['a'] })));
  const open = (body = (text: string): string | ReadableStream => text) =>
    post('/mcp/a', body(JSON.stringify(INITIALIZE)));
  /** The same body; the defect begins after the checks of the head. */
  const faultyAtItsEnd = (text: string) =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from(text));
        setTimeout(() => {
          settings.faulty = true;
          controller.close();
        }, 100);
      },
    });
  async function codeOf(response: Response): Promise<unknown> {
    return ((await response.json()) as { error: { data: { code: unknown } } }).error.data.code;
  }

  it('costs the requests that it happens in, which are answered, and no others', async () => {
    settings.faulty = true;
    const refused = await open();
    expect([refused.status, await codeOf(refused)]).to.eql([500, 'MCPHUB_INTERNAL']);
    settings.faulty = false;
    expect((await open()).status).to.equal(200);
    expect([...entries]).to.include('request');
  });

  it('costs the body that it happens in, of a client as of a node', async () => {
    const refused = await open(faultyAtItsEnd);
    expect([refused.status, await codeOf(refused)]).to.eql([500, 'MCPHUB_INTERNAL']);
    settings.faulty = false;
    const told = await register(faultyAtItsEnd);
    expect([told.status, await told.json()]).to.eql([
      500,
      { success: false, message: 'Internal error; the log of the coordinator says more' },
    ]);
    settings.faulty = false;
    expect((await register()).status).to.equal(200);
    expect((await open()).status).to.equal(200);
    expect([...entries]).to.include.members(['body of a request', 'register']);
  });

  it('costs one turn of a timer, not the timers', async () => {
    settings.faulty = true;
    await until(() => entries.has('timer of nodes') && entries.has('timer of sessions'));
    settings.faulty = false;
    // Marked by a later turn, since it sends no heartbeats.
    await until(async () => (await (await fetch(`${coordinator.url}/health`)).text()).includes('"active":0'));
  });
});
