import { expect } from 'chai';
import { closeSockets, connectV1, RawSession, textOf } from '../support/clients.ts';
import type { NodeRow } from '../support/cluster.ts';
import { needs } from '../support/needs.ts';
import { until } from '../support/until.ts';
import { Lab, type Machine } from './lab.ts';
import { canMakeNetworks } from './network.ts';

describe('a partition', function () {
  this.timeout(60_000);
  let lab: Lab;

  before(function () {
    needs(this, canMakeNetworks(), 'Linux, root and iproute2, to make network namespaces');
  });
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(async () => {
    await closeSockets();
    await lab?.stop();
  });

  const at = ({ url }: Machine) => RawSession.open(`${url}/mcp/tools`);
  /** The same session, brought to another coordinator. */
  const through = ({ url }: Machine, session: RawSession) => new RawSession(`${url}/mcp/tools`, session.opened, {});
  const isGone = (id: string) => (rows: NodeRow[]) => rows.some((row) => row.id === id && row.status === 'unhealthy');
  const isBack = (id: string) => (rows: NodeRow[]) =>
    rows.some((row) => row.id === id && row.status === 'active' && row.metadata?.suspect !== true);
  async function sessionsOn({ url }: Machine): Promise<number> {
    return ((await (await fetch(`${url}/health`)).json()) as { sessions: number }).sessions;
  }

  it('that cuts a node off does not cut its clients off, and what it kept is dropped when it is back', async () => {
    await lab.start(1, 2);
    const [hub] = lab.coordinators as [Machine];
    const session = await at(hub);
    const client = await connectV1(`${hub.url}/mcp/tools`);
    const home = await session.call('whoami');
    const sleeping = session.request('tools/call', { name: 'sleep', arguments: { ms: 600_000, label: 'cut' } });
    await until(async () => (await session.call('history')).includes('started cut'));
    const mend = lab.network.part(lab.node(home).host, hub.host);
    expect((await sleeping).body?.error?.data).to.include({ code: 'MCPHUB_NODE_LOST', node: home });
    const adopter = await session.call('whoami');
    expect(adopter).not.to.equal(home);
    expect(textOf(await client.callTool({ name: 'whoami', arguments: {} }))).to.match(/^node-/);
    const before = await sessionsOn(lab.node(home));
    expect(before).to.be.greaterThan(0);
    mend();
    await lab.sees(hub, 'the node back', isBack(home));
    await until(async () => (await sessionsOn(lab.node(home))) < before);
    expect(await session.call('whoami')).to.equal(adopter);
    await client.close();
  });

  it('that keeps heartbeats alone from arriving does not move a session, but keeps new ones away', async () => {
    await lab.start(1, 2);
    const [hub] = lab.coordinators as [Machine];
    const session = await at(hub);
    const home = await session.call('whoami');
    const mend = lab.network.cut(lab.node(home).host, { to: hub.host, toPort: 3_000 });
    await lab.sees(hub, 'the node silent', isGone(home));
    for (let i = 0; i < 5; i++) {
      expect(await session.call('whoami')).to.equal(home);
      expect(await (await at(hub)).call('whoami')).not.to.equal(home);
    }
    mend();
    await lab.sees(hub, 'the node back', isBack(home));
    expect(await session.call('whoami')).to.equal(home);
  });

  it('through which a node is heard but not reached moves its sessions, and does not let it flap in and out', async () => {
    await lab.start(1, 2);
    const [hub] = lab.coordinators as [Machine];
    const session = await at(hub);
    const home = await session.call('whoami');
    const mend = lab.network.cut(lab.node(home).host, { to: hub.host, fromPort: 3_000 });
    // The first call may be on its way when the connection is cut; nobody knows then whether it ran.
    const first = await session.request('tools/call', { name: 'whoami', arguments: {} });
    if (first.body?.result === undefined) expect(first.body?.error?.data).to.include({ code: 'MCPHUB_NODE_LOST' });
    const adopter = await session.call('whoami');
    expect(adopter).not.to.equal(home);
    const from = hub.process.log.length;
    // Time for many heartbeats, each of which is heard.
    const heard = Date.now() + 3_000;
    await lab.sees(hub, 'heartbeats', (rows) =>
      rows.some(({ id, lastHeartbeat }) => id === home && lastHeartbeat > heard),
    );
    expect(hub.process.log.slice(from).filter(({ msg }) => msg === 'Node answers again')).to.eql([]);
    mend();
    await lab.sees(hub, 'the node back', isBack(home));
    expect(await session.call('whoami')).to.equal(adopter);
  });

  it('between a node and one of two coordinators does not split a session', async () => {
    await lab.start(2, 3);
    const [one, two] = lab.coordinators as [Machine, Machine];
    const session = await at(one);
    const there = through(two, session);
    const home = await session.call('whoami');
    expect(await there.call('whoami')).to.equal(home);
    const mend = lab.network.part(lab.node(home).host, one.host);
    await lab.sees(one, 'the node silent', isGone(home));
    let adopter = home;
    await until(async () => {
      const { body } = await session.request('tools/call', { name: 'whoami', arguments: {} });
      if (body?.result !== undefined) adopter = textOf(body.result);
      return adopter !== home;
    });
    // The adopter tells the other coordinator, which still reaches the home.
    await until(async () => (await there.call('whoami')) === adopter, 2_000);
    mend();
    await lab.sees(one, 'the node back', isBack(home));
    for (let i = 0; i < 3; i++) {
      expect(await session.call('whoami')).to.equal(adopter);
      expect(await there.call('whoami')).to.equal(adopter);
    }
    await until(async () => (await sessionsOn(lab.node(home))) === 0);
  });

  it('that a restart of the coordinator falls into loses no session, and splits none', async () => {
    await lab.start(2, 2);
    const [one, two] = lab.coordinators as [Machine, Machine];
    const session = await at(one);
    const home = await session.call('whoami');
    const mends = [one, two].map(({ host }) => lab.network.part(lab.node(home).host, host));
    await lab.sees(two, 'the node silent', isGone(home));
    await one.process.kill('SIGKILL');
    const there = through(two, session);
    let adopter = home;
    await until(async () => {
      const { body } = await there.request('tools/call', { name: 'whoami', arguments: {} });
      if (body?.result !== undefined) adopter = textOf(body.result);
      return adopter !== home;
    });
    for (const mend of mends) mend();
    await lab.sees(two, 'the node back', isBack(home));
    expect(await there.call('whoami')).to.equal(adopter);
    await until(async () => (await sessionsOn(lab.node(home))) === 0);
  });
});
