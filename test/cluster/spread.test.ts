import { expect } from 'chai';
import { closeSockets, RawSession } from '../support/clients.ts';
import {
  CLUSTER_SECRET,
  CLUSTER_TOKEN,
  type Cluster,
  hosting,
  type SettingsFile,
  script,
  startCluster,
} from '../support/cluster.ts';

const SESSIONS = 200;
const AT_ONCE = 20;

function sticky(strategy: string): SettingsFile {
  return { systemConfig: { cluster: { stickySession: { strategy } } } };
}

describe('sessions over two nodes', function () {
  this.timeout(60_000);
  let cluster: Cluster;

  before(async () => {
    const settings = hosting({ tools: script('cluster-tools') });
    cluster = await startCluster({ nodes: [{ settings }, { settings }], coordinator: { settings: sticky('header') } });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  async function useStrategy(strategy: string): Promise<void> {
    await cluster.coordinator.change(sticky(strategy));
  }

  /** Opens sessions a few at a time and asks each four times where it lives. */
  async function openMany(): Promise<{ sessions: RawSession[]; homes: string[][] }> {
    const sessions: RawSession[] = [];
    const homes: string[][] = [];
    const lane = async () => {
      while (sessions.length < SESSIONS) {
        const at = sessions.push(undefined as unknown as RawSession) - 1;
        const session = await RawSession.open(`${cluster.url}/mcp`);
        sessions[at] = session;
        homes[at] = [];
        for (let i = 0; i < 4; i++) homes[at].push(await session.call('tools-whoami'));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return { sessions, homes };
  }

  function checkSpread(homes: string[][]): void {
    const counts = new Map<string, number>();
    for (const [home = ''] of homes) counts.set(home, (counts.get(home) ?? 0) + 1);
    expect([...counts.keys()].sort()).to.eql(['node-1', 'node-2']);
    for (const count of counts.values()) expect(count).to.be.within(SESSIONS * 0.375, SESSIONS * 0.625);
  }

  for (const strategy of ['consistent-hash', 'cookie', 'header']) {
    it(`keeps each of 200 sessions on the node that opened it, and both nodes in use (${strategy})`, async () => {
      await useStrategy(strategy);
      const { sessions, homes } = await openMany();
      expect(homes.filter((answers) => answers.length !== 4 || new Set(answers).size !== 1)).to.eql([]);
      checkSpread(homes);
      const closed = await Promise.all(sessions.map((session) => session.close()));
      expect(new Set(closed)).to.eql(new Set([200]));
    });
  }

  it('does not write session ids or secrets to a log or a metric', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp`);
    await session.call('tools-whoami');
    const [, inner = ''] = session.id.split('.');
    expect(inner.length).to.be.greaterThan(20);
    for (const member of [cluster.coordinator, ...cluster.nodes]) {
      const { url } = await member.process.message('Metrics and probes are served', 0);
      const written = `${JSON.stringify(member.process.log)}${await (await fetch(`${url}/metrics`)).text()}`;
      for (const secret of [inner, CLUSTER_TOKEN, CLUSTER_SECRET]) expect(written).not.to.contain(secret);
    }
  });

  it('does not forget which node a cookie names: a new session with it goes to the same node', async () => {
    await useStrategy('cookie');
    const first = await RawSession.open(`${cluster.url}/mcp`);
    const cookie = String(first.opened.headers['set-cookie']);
    expect(cookie).to.match(/^MCPHUB_NODE=node-[12]; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600$/);
    const home = await first.call('tools-whoami');
    for (let i = 0; i < 8; i++) {
      const next = await RawSession.open(`${cluster.url}/mcp`, { cookie: cookie.split(';')[0] ?? '' });
      expect(await next.call('tools-whoami')).to.equal(home);
    }
  });

  it('does not let a cookie move a live session to another node', async () => {
    await useStrategy('cookie');
    const session = await RawSession.open(`${cluster.url}/mcp`);
    const home = await session.call('tools-whoami');
    const other = home === 'node-1' ? 'node-2' : 'node-1';
    const body = { jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'tools-whoami' } };
    const reply = await session.send(body, { cookie: `MCPHUB_NODE=${other}` });
    expect(reply.body?.result?.content).to.eql([{ type: 'text', text: home }]);
  });

  it('does not forget which node a header names: a new session with it goes to the same node', async () => {
    await useStrategy('header');
    const first = await RawSession.open(`${cluster.url}/mcp`);
    const node = String(first.opened.headers['x-mcphub-node']);
    expect(node).to.equal(await first.call('tools-whoami'));
    for (let i = 0; i < 8; i++) {
      const next = await RawSession.open(`${cluster.url}/mcp`, { 'x-mcphub-node': node });
      expect(await next.call('tools-whoami')).to.equal(node);
    }
  });
});
