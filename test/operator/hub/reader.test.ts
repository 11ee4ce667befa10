import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import { readCoordinator } from '../../../operator/hub/coordinator.ts';
import { shakeHands } from '../../../operator/hub/handshake.ts';
import { createHubObserver, readRegistry } from '../../../operator/hub/observer.ts';
import { createReach } from '../../../operator/hub/reach.ts';
import { systemClock } from '../../../operator/kube/clock.ts';
import { closeSockets, RawSession } from '../../support/clients.ts';
import { CLUSTER_TOKEN, type Cluster, everything, hosting, startCluster } from '../../support/cluster.ts';
import { freePort } from '../../support/free-port.ts';
import { until } from '../../support/until.ts';

const TOKENS = [CLUSTER_TOKEN];
const revised = (revision: string) => ({ systemConfig: { cluster: { revision } } });

describe('the operator, on coordinators and nodes that run,', function () {
  this.timeout(60_000);
  let cluster: Cluster;

  before(async () => {
    const broken = { command: process.execPath, args: ['-e', 'process.exit(3)'] };
    cluster = await startCluster({
      nodes: [
        { settings: hosting({ good: everything(), broken }, revised('r1')), down: ['broken'] },
        { settings: hosting({ good: everything() }, revised('r2')) },
      ],
      coordinator: { settings: revised('r0') },
    });
    await cluster.until('the failure of the server', (nodes) =>
      nodes.some(
        (row) => (row.metadata?.serverStatus as Record<string, { status: string }>)?.broken?.status === 'failed',
      ),
    );
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  it('reads who is there, with which settings, which servers, and why one is not up', async () => {
    const reading = await readCoordinator('c-1', cluster.url, TOKENS);
    expect(reading.problem).to.equal(undefined);
    expect(reading).to.deep.include({ pod: 'c-1', revision: 'r0' });
    const [first, second] = reading.nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(first).to.deep.include({ id: 'node-1', active: true, draining: false, sessions: 0, revision: 'r1' });
    expect(first?.servers.good?.status).to.equal('connected');
    expect(first?.servers.broken?.status).to.equal('failed');
    expect(first?.servers.broken?.reason).to.be.a('string').and.not.equal('');
    expect(second).to.deep.include({ id: 'node-2', revision: 'r2' });
  });

  it('counts sessions where they are, for the order in which Pods go', async () => {
    await RawSession.open(`${cluster.url}/mcp`);
    await until(async () => {
      const { nodes } = await readCoordinator('c-1', cluster.url, TOKENS);
      return nodes.reduce((sum, { sessions }) => sum + sessions, 0) === 1;
    });
  });

  it('shakes hands as a client does, and leaves no session behind', async () => {
    const before = await cluster.api<unknown[]>('/sessions');
    expect(await shakeHands(cluster.url, TOKENS, '0')).to.eql({ ok: true, answered: true });
    expect(await cluster.api<unknown[]>('/sessions')).to.eql(before);
  });

  it('tries the next token where one is refused, as while tokens are rotated', async () => {
    expect(await shakeHands(cluster.url, ['wrong', ...TOKENS], '0')).to.deep.include({ ok: true });
    const refused = await shakeHands(cluster.url, ['wrong'], '0');
    expect(refused).to.deep.include({ ok: false, answered: true });
    expect(refused.problem).to.include('cluster token');
  });

  it('asks one that does not answer once, not for each thing that it wants to know', async () => {
    let asked = 0;
    const server = createServer((socket) => {
      asked += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const reading = await readCoordinator('c-1', `http://127.0.0.1:${port}`, TOKENS);
    server.close();
    expect(reading.problem).to.include('cannot be reached');
    expect(asked).to.equal(1);
  });

  it('says why a coordinator cannot be read, and goes on with the others', async () => {
    const port = await freePort();
    const reach = createReach({ coordinator: 'http://127.0.0.1:{ip}', hub: '' }, 'cluster.local');
    const view = await readRegistry(reach, {
      namespace: 'default',
      basePath: '',
      coordinators: [{ name: 'c-1', ip: cluster.coordinator.port }, { name: 'c-2', ip: String(port) }, { name: 'c-3' }],
      tokens: TOKENS,
    });
    expect(view.coordinators.map(({ pod }) => pod)).to.eql(['c-1', 'c-2', 'c-3']);
    expect(view.coordinators[0]?.problem).to.equal(undefined);
    expect(view.coordinators[1]?.problem).to.include('refuses connections');
    expect(view.coordinators[2]?.problem).to.include('no address');
    expect(view.nodes.map(({ id }) => id)).to.eql(['node-1', 'node-2']);
  });

  it('says that nobody answers, apart from an answer that is wrong', async () => {
    const dead = await shakeHands(`http://127.0.0.1:${await freePort()}`, TOKENS, '0');
    expect(dead).to.deep.include({ ok: false, answered: false });
    const wrong = await shakeHands(`${cluster.url}/nowhere`, TOKENS, '0');
    expect(wrong).to.deep.include({ ok: false, answered: true });
  });

  it('looks at once at what is new to it, and tells what it has seen', async () => {
    const changed: string[] = [];
    const observer = createHubObserver({
      reach: createReach({ coordinator: cluster.url, hub: cluster.url }, 'cluster.local'),
      version: '0',
      clock: systemClock,
      onChange: (key) => changed.push(key),
      onError: (_key, error) => {
        throw error;
      },
    });
    try {
      const target = { namespace: 'default', basePath: '', coordinators: [{ name: 'c-1' }], tokens: TOKENS };
      observer.registry.track('default/demo', target);
      await until(() => changed.length > 0);
      expect(observer.registry.latest('default/demo')?.nodes).to.have.length(2);
      observer.registry.forget('default/demo');
      observer.verification.track('default/demo', {
        ...target,
        service: 'demo',
        port: 80,
        generation: 4,
        state: 'a',
      });
      await until(() => observer.verification.latest('default/demo') !== undefined);
      expect(observer.verification.latest('default/demo')).to.eql({ ok: true, answered: true, generation: 4 });
    } finally {
      observer.stop();
    }
  });
});
