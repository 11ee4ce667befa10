import { expect } from 'chai';
import { nodeTag } from '../../cluster/tag.ts';
import { openEvents } from '../support/clients.ts';
import { until } from '../support/until.ts';
import { answerOf, type Harness, startHarness } from './support/harness.ts';

describe('router: sessions of one key', () => {
  let harness: Harness;
  afterEach(() => harness?.stop());

  const settings = {
    bearerKeys: [
      { id: 'ann', token: 'a' },
      { id: 'bob', token: 'b' },
    ],
    systemConfig: { cluster: { limits: { sessionsPerPrincipal: 2 } } },
  };
  const key = (token: string) => ({ authorization: `Bearer ${token}` });
  const statusOf = async (token: string) => (await harness.open('/mcp/a', key(token))).response.status;

  /** Opens a session and its stream. */
  async function listen(token: string) {
    const { id } = await harness.open('/mcp/a', key(token));
    return openEvents(`${harness.coordinator.url}/mcp/a`, { ...key(token), 'mcp-session-id': id });
  }

  it('are bounded while they are in use, with a clear error and a Retry-After that is true, without harm to other keys', async () => {
    harness = await startHarness({ settings });
    await harness.addNode('node-1', ['a']);
    const streams = [await listen('a'), await openEvents(`${harness.coordinator.url}/sse/a`, key('a'))];
    await streams[1]?.until('endpoint');
    await until(async () => (await statusOf('a')) === 429);
    const { response } = await harness.open('/mcp/a', key('a'));
    // Nodes tell with each heartbeat what is in use.
    expect([response.status, response.headers.get('retry-after')]).to.eql([429, '5']);
    const { id, error } = await answerOf(response);
    expect(id).to.equal(0);
    expect(error.data).to.include({ code: 'MCPHUB_PRINCIPAL_SESSIONS', retryAfter: 5 });
    expect(error.message).to.include('2 sessions').and.to.include('sessionsPerPrincipal');
    expect(await statusOf('b')).to.equal(200);
    expect(await harness.prom.metrics()).to.match(/mcphub_coordinator_limit_refusals_total\{limit="principal"\} \d/);
    streams[0]?.close();
    await until(async () => (await statusOf('a')) === 200);
    streams[1]?.close();
  });

  it('do not lock a key out that their clients have left', async () => {
    harness = await startHarness({ settings });
    await harness.addNode('node-1', ['a']);
    for (let i = 0; i < 5; i++) expect(await statusOf('a')).to.equal(200);
  });

  it('do not count twice for two streams', async () => {
    harness = await startHarness({ settings });
    await harness.addNode('node-1', ['a']);
    const first = await listen('a');
    const { id } = await harness.open('/mcp/a', key('a'));
    const headers = { ...key('a'), 'mcp-session-id': id };
    const url = `${harness.coordinator.url}/mcp/a`;
    const [second, third] = [await openEvents(url, headers), await openEvents(url, headers)];
    await until(async () => (await statusOf('a')) === 429);
    first.close();
    await until(async () => (await statusOf('a')) === 200);
    second.close();
    third.close();
  });

  it('are counted at all coordinators: nodes tell how many each key has in use', async () => {
    harness = await startHarness({ settings });
    const node = await harness.addNode('node-1', ['a']);
    await harness.open('/mcp/a', key('a'));
    const hash = /^\S+ 0 1 (\S+)$/.exec(String(node.seen.at(-1)?.headers['x-mcphub-session']))?.[1];
    expect(hash, 'foreign nodes are not told').to.equal(undefined);
    const metadata = { tag: nodeTag('node-1'), instance: 'x', startedAt: 1 };
    await harness.register(node, ['a'], { metadata });
    await harness.open('/mcp/a', key('b'));
    const [, bob = ''] = /^- 0 1 (\S+)$/.exec(String(node.seen.at(-1)?.headers['x-mcphub-session'])) ?? [];
    expect(bob).to.match(/^[\w-]{16}$/);
    await harness.heartbeat(node, ['a'], { metadata: { ...metadata, principals: { [bob]: 2 } } });
    expect(await statusOf('b')).to.equal(429);
    expect(await statusOf('a')).to.equal(200);
  });

  it('are not bounded where nobody says who they are', async () => {
    harness = await startHarness({ settings: { systemConfig: settings.systemConfig } });
    await harness.addNode('node-1', ['a']);
    for (let i = 0; i < 4; i++) expect((await harness.open('/mcp/a')).response.status).to.equal(200);
  });
});

describe('router: the size of a request', () => {
  it('is bounded by a setting, which the error names, whether the length is told or not', async () => {
    const harness = await startHarness({
      settings: { systemConfig: { cluster: { limits: { requestBytes: 100_000 } } } },
    });
    try {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: { x: 'y'.repeat(100_000) } });
      const told = await harness.post('/mcp', body);
      const chunked = await fetch(`${harness.coordinator.url}/mcp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: new Blob([body]).stream(),
        duplex: 'half',
      } as RequestInit);
      for (const response of [told, chunked]) {
        expect(response.status).to.equal(413);
        expect(await response.text()).to.include('100000 bytes (systemConfig.cluster.limits.requestBytes)');
      }
    } finally {
      await harness.stop();
    }
  });
});
