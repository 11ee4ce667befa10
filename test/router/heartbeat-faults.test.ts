import { expect } from 'chai';
import { nodeTag } from '../../cluster/tag.ts';
import { startForeignNode } from './support/foreign-node.ts';
import { type Harness, startHarness } from './support/harness.ts';

/** What a node of ours says of itself. */
function ours(instance: string, startedAt: number, more: object = {}): { metadata: object } {
  return { metadata: { tag: nodeTag('node-1'), instance, startedAt, ...more } };
}

describe('router: faults of heartbeats', () => {
  let harness: Harness;
  afterEach(() => harness?.stop());

  const nodes = async () => {
    const response = await fetch(`${harness.coordinator.url}/api/cluster/nodes`);
    return ((await response.json()) as { data: { id: string; url: string; metadata?: object }[] }).data;
  };

  it('does not let two processes with one id take turns: the newer start wins, and the other is told why', async () => {
    harness = await startHarness();
    const older = await harness.addNode('node-1', ['a'], ours('one', 1_000));
    const newer = await startForeignNode('node-1');
    harness.nodes.push(newer);
    expect((await harness.register(newer, ['a'], ours('two', 2_000))).status).to.equal(200);
    for (const attempt of [harness.heartbeat, harness.register]) {
      const refused = await attempt(older, ['a'], ours('one', 1_000));
      expect(refused.status).to.equal(409);
      const { message } = (await refused.json()) as { message: string };
      expect(message).to.include('node "node-1"').and.to.include(newer.url).and.to.include('MCPHUB_NODE_ID');
    }
    expect((await nodes())[0]?.url).to.equal(newer.url);
  });

  it('does not keep a node out that another clock makes look older, once the other process is gone', async () => {
    harness = await startHarness({ timings: { healthTimeout: 200 } });
    const ahead = await harness.addNode('node-1', ['a'], ours('ahead', Date.now() + 3_600_000));
    await ahead.stop();
    const next = await startForeignNode('node-1');
    harness.nodes.push(next);
    let status = 0;
    for (let tries = 0; status !== 200 && tries < 50; tries++) {
      status = (await harness.register(next, ['a'], ours('next', Date.now()))).status;
    }
    expect(status).to.equal(200);
    expect((await nodes())[0]?.url).to.equal(next.url);
  });

  it('does not mind clocks that differ by hours: a heartbeat counts from when it came', async () => {
    harness = await startHarness();
    const node = await harness.addNode('node-1', ['a'], ours('one', Date.now() - 86_400_000));
    await harness.heartbeat(node, ['a'], { ...ours('one', Date.now() - 86_400_000), timestamp: 1 });
    const { id } = await harness.open('/mcp/a');
    expect(id).not.to.equal('');
  });

  it('does not turn away a node of another version for what it cannot read in its metadata', async () => {
    harness = await startHarness();
    const strange = {
      version: 9,
      sessions: -1,
      groups: 'none',
      adopted: { add: 'all' },
      serverStatus: { a: { status: 'warming-up' }, b: { status: 'connected', since: 5 } },
      shiny: { new: true },
    };
    const node = await harness.addNode('node-1', ['a'], ours('one', 1, strange));
    expect((await harness.heartbeat(node, ['a'], ours('one', 1, strange))).status).to.equal(200);
    expect((await harness.heartbeat(node, ['a'], { metadata: 'text' })).status).to.equal(200);
    expect((await nodes()).map(({ id }) => id)).to.eql(['node-1']);
    expect((await harness.open('/mcp/a')).response.status).to.equal(200);
  });

  it('does not believe half of a story: who is new and tells changes alone is asked for everything', async () => {
    harness = await startHarness();
    const node = await startForeignNode('node-1');
    harness.nodes.push(node);
    const adopted = { add: [], remove: [] };
    const data = async (response: Response) => ((await response.json()) as { data: Record<string, unknown> }).data;
    expect((await data(await harness.heartbeat(node, ['a'], ours('one', 1, { adopted })))).resync).to.equal(true);
    const full = { adopted: { ...adopted, full: true } };
    expect((await data(await harness.register(node, ['a'], ours('one', 1, full)))).resync).to.equal(undefined);
  });

  it('does not send anything to a node that has left, nor list it', async () => {
    harness = await startHarness({ timings: { placementTimeout: 50 } });
    const node = await harness.addNode('node-1', ['a'], ours('one', 1));
    await harness.heartbeat(node, ['a'], ours('one', 1, { leaving: true, draining: true }));
    expect(await nodes()).to.eql([]);
    expect((await harness.open('/mcp/a')).response.status).to.equal(503);
    expect(node.seen.filter(({ method }) => method === 'POST')).to.eql([]);
  });
});
