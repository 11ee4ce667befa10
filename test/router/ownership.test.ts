import { expect } from 'chai';
import { type Harness, INITIALIZE, startHarness, toolCall } from './support/harness.ts';

const auth = (token: string) => ({ authorization: `Bearer ${token}` });

describe('router: whose session it is, in a cluster without a secret', () => {
  const harnesses: Harness[] = [];
  afterEach(() => Promise.all(harnesses.splice(0).map((harness) => harness.stop())));

  const bearerKeys = [
    { id: 'a', token: 'k-a', accessType: 'all' },
    { id: 'b', token: 'k-b', accessType: 'all' },
  ];
  async function start(): Promise<Harness> {
    const harness = await startHarness({ settings: { bearerKeys }, secrets: () => [] });
    harnesses.push(harness);
    return harness;
  }

  it('is signed by the key of its client: neither another key, nor an id without its signature opens it', async () => {
    const harness = await start();
    const node = await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp/a', auth('k-a'));
    const unsigned = id.slice(0, id.lastIndexOf('.'));
    const fresh = await start();
    await fresh.register(node, ['a']);
    // The one has the session in its table, the other one knows its id only.
    for (const coordinator of [harness, fresh]) {
      const status = async (session: string, token: string) => {
        const headers = { ...auth(token), 'mcp-session-id': session };
        return (await coordinator.post('/mcp/a', toolCall(1, 'echo'), headers)).status;
      };
      expect(await status(id, 'k-b')).to.equal(404);
      expect(await status(unsigned, 'k-b')).to.equal(404);
      expect(await status(unsigned, 'k-a')).to.equal(404);
      expect(await status(id, 'k-a')).to.equal(200);
    }
  });

  it('is opened by a key of the right kind: what a key for groups says of servers, and the other way round, opens nothing', async () => {
    const groups = [{ id: 'g', name: 'team', servers: ['a', 'b'] }];
    const lists = { allowedServers: ['a'], allowedGroups: ['team'] };
    const harness = await startHarness({
      settings: {
        groups,
        bearerKeys: [
          { id: 'g', token: 'k-groups', accessType: 'groups', ...lists },
          { id: 's', token: 'k-servers', accessType: 'servers', ...lists },
          { id: 'c', token: 'k-custom', accessType: 'custom', ...lists },
        ],
      },
    });
    harnesses.push(harness);
    await harness.addNode('node-1', ['a', 'b']);
    const status = async (path: string, token: string) => (await harness.post(path, INITIALIZE, auth(token))).status;
    expect([await status('/mcp/a', 'k-groups'), await status('/mcp/team', 'k-groups')]).to.eql([403, 200]);
    expect([await status('/mcp/a', 'k-servers'), await status('/mcp/team', 'k-servers')]).to.eql([200, 403]);
    expect([await status('/mcp/a', 'k-custom'), await status('/mcp/team', 'k-custom')]).to.eql([200, 200]);
  });
});
