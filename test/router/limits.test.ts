import { expect } from 'chai';
import { nodeTag } from '../../cluster/tag.ts';
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

  it('are bounded, with a clear error and Retry-After, without harm to other keys', async () => {
    harness = await startHarness({ settings });
    await harness.addNode('node-1', ['a']);
    const first = await harness.open('/mcp/a', key('a'));
    await harness.open('/mcp/a', key('a'));
    const { response } = await harness.open('/mcp/a', key('a'));
    expect([response.status, response.headers.get('retry-after')]).to.eql([429, '2']);
    const { id, error } = await answerOf(response);
    expect(id).to.equal(0);
    expect(error.data.code).to.equal('MCPHUB_PRINCIPAL_SESSIONS');
    expect(error.message).to.include('2 sessions').and.to.include('sessionsPerPrincipal');
    expect((await harness.open('/mcp/a', key('b'))).response.status).to.equal(200);
    const headers = { ...key('a'), 'mcp-session-id': first.id };
    await fetch(`${harness.coordinator.url}/mcp/a`, { method: 'DELETE', headers });
    expect((await harness.open('/mcp/a', key('a'))).response.status).to.equal(200);
    expect(await harness.prom.metrics()).to.include('mcphub_coordinator_limit_refusals_total{limit="principal"} 1');
  });

  it('are counted at all coordinators: nodes tell how many each key has', async () => {
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
    expect((await harness.open('/mcp/a', key('b'))).response.status).to.equal(429);
    expect((await harness.open('/mcp/a', key('a'))).response.status).to.equal(200);
  });

  it('are not bounded where nobody says who they are', async () => {
    harness = await startHarness({ settings: { systemConfig: settings.systemConfig } });
    await harness.addNode('node-1', ['a']);
    for (let i = 0; i < 4; i++) expect((await harness.open('/mcp/a')).response.status).to.equal(200);
  });
});
