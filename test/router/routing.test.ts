import { expect } from 'chai';
import { answerOf, type Harness, INITIALIZE, startHarness, toolCall } from './support/harness.ts';

describe('router: sessions', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  for (const strategy of ['consistent-hash', 'cookie', 'header']) {
    it(`keeps every one of 200 sessions on the node that opened it, evenly spread (${strategy})`, async function () {
      this.timeout(30_000);
      harness = await startHarness({ settings: { systemConfig: { cluster: { stickySession: { strategy } } } } });
      await harness.addNode('node-1', ['a']);
      await harness.addNode('node-2', ['a']);
      const perNode = new Map<string, number>();
      const failures: unknown[] = [];
      async function client(): Promise<void> {
        const { id, response } = await harness.open('/mcp');
        const opened = (await answerOf(response)).result.serverInfo.name;
        perNode.set(opened, (perNode.get(opened) ?? 0) + 1);
        for (let i = 1; i <= 3; i++) {
          const reply = await harness.post('/mcp', toolCall(i, 'echo'), { 'mcp-session-id': id });
          const body = await answerOf(reply);
          const got = [reply.status, body.result?.node, body.id, reply.headers.get('mcp-session-id')];
          if (got.join() !== [200, opened, i, id].join()) failures.push(body);
        }
      }
      for (let batch = 0; batch < 10; batch++) await Promise.all(Array.from({ length: 20 }, client));
      expect(failures).to.deep.equal([]);
      for (const count of [perNode.get('node-1'), perNode.get('node-2')]) expect(count).to.be.within(75, 125);
    });
  }

  it('does not open a session on a node that lacks the server', async () => {
    harness = await startHarness();
    await harness.addNode('node-1', ['other']);
    await harness.addNode('node-2', ['only1', 'other']);
    for (let i = 0; i < 10; i++) {
      const { response } = await harness.open('/mcp/only1');
      expect((await answerOf(response)).result.serverInfo.name).to.equal('node-2');
    }
  });

  it('answers a request for a dead session with 404 and -32001, not with 400 or another node', async () => {
    harness = await startHarness();
    await harness.addNode('node-1', ['a']);
    const reply = await harness.post('/mcp', toolCall(7, 'echo'), { 'mcp-session-id': 'AAAAAAAA.unknown' });
    expect(reply.status).to.equal(404);
    expect(await reply.json())
      .to.deep.include({ id: 7 })
      .and.nested.include({ 'error.code': -32001 });
  });

  it('carries HTTP+SSE: the endpoint event leads back to the node, for a target with a path too', async () => {
    harness = await startHarness({ settings: { groups: [{ id: 'team/one', name: 'g', servers: ['a'] }] } });
    await harness.addNode('node-1', ['a']);
    await harness.addNode('node-2', ['a']);
    const stream = await fetch(`${harness.coordinator.url}/sse/team/one`);
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    const first = (await reader.read()).value ?? '';
    const endpoint = /^retry: 100\nevent: endpoint\ndata: (\/messages\/team\/one\?sessionId=\S+)\n\n$/.exec(first)?.[1];
    expect(endpoint, first).to.be.a('string');
    const accepted = await harness.post(endpoint as string, INITIALIZE);
    expect(accepted.status).to.equal(202);
    expect((await reader.read()).value).to.match(/^event: message\ndata: \{.*"node":"node-[12]"/);
    await reader.cancel();
  });
});
