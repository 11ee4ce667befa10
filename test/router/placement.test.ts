import { expect } from 'chai';
import { nodeTag } from '../../cluster/tag.ts';
import { answerOf, type Harness, startHarness } from './support/harness.ts';

/** Few enough that placement by hash alone would not look like this by chance: one run in a million does. */
const NEW = 20;

describe('router: where new sessions are placed', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness({
      settings: { systemConfig: { cluster: { stickySession: { strategy: 'header' } } } },
    });
  });
  afterEach(() => harness.stop());

  const ours = (id: string, more: object = {}) => ({
    metadata: { tag: nodeTag(id), instance: id, startedAt: 1, ...more },
  });

  async function homes(path: string, count = NEW, headers: Record<string, string> = {}): Promise<string[]> {
    const found: string[] = [];
    for (let i = 0; i < count; i++) {
      const { response } = await harness.open(path, headers);
      found.push((await answerOf(response)).result.serverInfo.name);
    }
    return found;
  }

  it('gives a full node none while another one has fewer than its share', async () => {
    await harness.addNode('full', ['a']);
    await homes('/mcp/a', 2 * NEW);
    await harness.addNode('empty', ['a']);
    expect(new Set(await homes('/mcp/a'))).to.eql(new Set(['empty']));
  });

  it('believes a node of ours that says how many sessions it has, also those of other coordinators', async () => {
    await harness.addNode('full', ['a'], ours('full', { sessions: 2 * NEW }));
    await harness.addNode('empty', ['a'], ours('empty', { sessions: 0 }));
    expect(new Set(await homes('/mcp/a'))).to.eql(new Set(['empty']));
  });

  it('counts the sessions that a node has got since its last heartbeat', async () => {
    await harness.addNode('full', ['a', 'b'], ours('full', { sessions: 0 }));
    await harness.addNode('empty', ['b'], ours('empty', { sessions: 0 }));
    await homes('/mcp/a', 2 * NEW);
    expect(new Set(await homes('/mcp/b'))).to.eql(new Set(['empty']));
  });

  it('does not count sessions that did not come about', async () => {
    const refusing = await harness.addNode('refusing', ['a', 'b'], ours('refusing', { sessions: 0 }));
    await harness.addNode('other', ['b'], ours('other', { sessions: 0 }));
    refusing.override = (_req, res) => res.writeHead(400).end() !== undefined;
    for (let i = 0; i < 2 * NEW; i++) expect((await harness.open('/mcp/a')).response.status).to.equal(400);
    refusing.override = undefined;
    expect(new Set(await homes('/mcp/b'))).to.eql(new Set(['refusing', 'other']));
  });

  it('does not follow a hint to a node that is draining, without the server, or unknown', async () => {
    await harness.addNode('draining', ['a'], ours('draining', { draining: true }));
    await harness.addNode('lacking', []);
    for (const id of ['one', 'two']) await harness.addNode(id, ['a']);
    for (const hint of ['draining', 'lacking', 'unknown']) {
      const chosen = new Set(await homes('/mcp/a', NEW, { 'X-MCPHub-Node': hint }));
      expect(chosen, hint).to.eql(new Set(['one', 'two']));
    }
    expect(new Set(await homes('/mcp/a', 5, { 'X-MCPHub-Node': 'one' }))).to.eql(new Set(['one']));
  });

  it('sends a group that only some nodes know to one of those', async () => {
    const group = { id: 'g', name: 'team', servers: [{ name: 'a' }] };
    await harness.addNode('without', ['a'], ours('without'));
    await harness.addNode('with', ['a'], ours('with', { groups: [group] }));
    expect(new Set(await homes('/mcp/team'))).to.eql(new Set(['with']));
  });
});
