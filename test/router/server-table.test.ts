import { expect } from 'chai';
import { pino } from 'pino';
import { type ServerTableReply, serverTableReply } from '../../cluster/payload.ts';
import { nodeTag } from '../../cluster/tag.ts';
import { createRegistry } from '../../router/nodes/registry.ts';
import { createServerTable } from '../../router/nodes/server-table.ts';
import { parseSettings } from '../../settings/load.ts';
import { fixedSettings } from '../../settings/store.ts';
import { until } from '../support/until.ts';
import { type Harness, startHarness } from './support/harness.ts';
import { addModernNode } from './support/modern.ts';

type Reports = Record<string, Record<string, unknown>>;

describe('router: the table of servers', () => {
  const settings = fixedSettings(parseSettings({}));
  const begin = () => {
    const registry = createRegistry(settings, pino({ level: 'silent' }));
    return { registry, table: createServerTable(registry) };
  };
  const report = (id: string, servers: string[], serverStatus: Reports, more = {}) =>
    ({
      id,
      url: `http://${id}:1`,
      name: id,
      servers,
      metadata: { tag: nodeTag(id), instance: id, serverStatus, ...more },
    }) as never;
  const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const up = { status: 'connected' };

  it('names who can serve a server now, its most common catalog, and how it does where it does best', () => {
    const { registry, table } = begin();
    registry.register(
      report('n1', ['b', 'a'], { b: { ...up, digest: 'x' }, a: { status: 'idle', digest: 'q', remote: true } }),
    );
    registry.register(
      report('n2', ['b'], { b: { ...up, digest: 'y', perSessionClient: true }, off: { status: 'disabled' } }),
    );
    registry.register(
      report('n3', ['b'], { b: { ...up, digest: 'y', remote: true }, a: { status: 'failed', reason: 'no' } }),
    );
    const failed = { status: 'failed', reason: 'spawn nope ENOENT', perSessionClient: true };
    registry.register(report('n4', [], { c: failed }));
    registry.register(report('original', ['b', 'foreign'], { foreign: up }, { tag: undefined }));
    expect(table.version).to.match(/^[\w-]+-1$/);
    expect(JSON.parse(table.rows)).to.deep.equal([
      { name: 'a', digest: 'q', holders: [nodeTag('n1')], remote: true, status: 'idle' },
      {
        name: 'b',
        digest: 'y',
        holders: ['n1', 'n2', 'n3'].map(nodeTag).sort(),
        perSessionClient: true,
        needsState: true,
        ...up,
      },
      { name: 'c', holders: [], status: 'failed', reason: 'spawn nope ENOENT' },
    ]);
  });

  it('takes the smaller of two catalogs that are as common, so that coordinators agree', () => {
    for (const ids of [
      ['n1', 'n2'],
      ['n2', 'n1'],
    ]) {
      const { registry, table } = begin();
      for (const id of ids) registry.register(report(id, ['a'], { a: { ...up, digest: `of-${id}` } }));
      expect(table.version).to.be.a('string');
      expect(JSON.parse(table.rows)[0].digest).to.equal('of-n1');
    }
  });

  it('does not name nodes that drain or cannot be reached, and forgets what they said when they are gone', async () => {
    const { registry, table } = begin();
    registry.register(report('n1', ['a'], { a: up }));
    registry.drain('n1');
    expect(table.version).to.match(/-1$/);
    expect(JSON.parse(table.rows)).to.deep.equal([{ name: 'a', holders: [], status: 'connected' }]);
    const node = registry.nodes.get('n1');
    if (node !== undefined) registry.lose(node);
    await until(() => table.version.endsWith('-2'));
    expect(JSON.parse(table.rows)[0]).to.include({ status: 'failed', reason: 'no node that hosts it is up' });
  });

  it('stays the same table, and is not derived again, while heartbeats say nothing new', async () => {
    const { registry, table } = begin();
    const beat = (load: number) =>
      report('n1', ['a'], { a: { ...up, digest: 'x' } }, { sessions: load, inFlight: load });
    registry.register(beat(0));
    const { version } = table;
    const before = registry.version;
    for (let i = 1; i < 50; i++) registry.heartbeat(beat(i));
    expect(registry.version).to.equal(before);
    registry.heartbeat(report('n1', ['a'], { a: { ...up, digest: 'x', retryable: ['t'] } }));
    expect(registry.version).to.equal(before + 1);
    await pause(40);
    expect(table.version).to.equal(version);
  });

  it('tells many changes at once as one, and nobody twice', async () => {
    const { registry, table } = begin();
    const first = table.version;
    const heard: string[] = [];
    let rows = '';
    let elapsed = 0;
    table.wait(() => {
      elapsed = performance.now() - begun;
      heard.push(table.version);
      rows = table.rows;
    });
    table.wait(() => heard.push('ended'))();
    await pause(30);
    const begun = performance.now();
    for (let i = 0; i < 30; i++) {
      registry.register(report(`n${i}`, ['a'], { a: up }));
    }
    expect(heard).to.deep.equal([]);
    await until(() => heard.length > 0);
    await pause(30);
    expect(elapsed).to.be.at.least(15);
    expect(heard).to.deep.equal([table.version]);
    expect(JSON.parse(rows)[0].holders).to.have.length(30);
    expect(table.version).not.to.equal(first);
    expect(table.version).to.match(/-2$/);
  });

  it('takes no more than a tenth of the time, however fast the nodes of a large cluster change', () => {
    let time = 0;
    let version = 0;
    let derived = 0;
    const values = () => {
      derived++;
      time += 30;
      return [][Symbol.iterator]();
    };
    const registry = {
      nodes: { values },
      onChange: () => () => {},
      get version() {
        return version;
      },
    };
    const table = createServerTable(registry as never, () => time);
    for (; time < 10_000; time += 5) {
      version++;
      expect(table.version).to.be.a('string');
    }
    expect(derived).to.be.within(25, 32);
  });
});

describe('router: GET /api/cluster/servers', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  async function ask(
    known?: string,
    init: RequestInit = {},
    token = 't',
  ): Promise<{ status: number; reply: ServerTableReply }> {
    const query = known === undefined ? '' : `?known=${encodeURIComponent(known)}`;
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${harness.coordinator.url}/api/cluster/servers${query}`, { headers, ...init });
    return { status: response.status, reply: serverTableReply.parse(await response.json()) };
  }
  const begin = async (timings = {}) => {
    harness = await startHarness({ clusterTokens: () => ['t'], timings });
    return addModernNode(harness, 'node-1', ['a'], { serverStatus: { a: { status: 'connected', digest: 'd' } } });
  };

  it('tells members only which servers there are, and strangers nothing', async () => {
    const node = await begin();
    const row = { name: 'a', digest: 'd', holders: [node.tag], status: 'connected' };
    expect((await ask()).reply.data?.servers).to.deep.equal([row]);
    expect((await ask('of-another-coordinator-1')).reply.data?.servers).to.deep.equal([row]);
    expect((await ask(undefined, {}, 'k')).status).to.equal(401);
    expect((await ask('x', { headers: {} })).status).to.equal(401);
    const replicas = await fetch(`${harness.coordinator.url}/api/cluster/servers/a/replicas`);
    expect(replicas.status).to.equal(200);
  });

  it('keeps whoever knows the table waiting for the next one, and tells it at once', async () => {
    const node = await begin();
    const { data } = (await ask()).reply;
    let told = false;
    const waiting = ask(data?.version).finally(() => {
      told = true;
    });
    await node.report(['a']);
    // Whoever asks anew makes the coordinator look, so a table that had changed would be told now.
    expect((await ask()).reply.data?.version).to.equal(data?.version);
    expect(told).to.equal(false);
    await node.report([], { serverStatus: { a: { status: 'failed', reason: 'gone' } } });
    const { reply } = await waiting;
    expect(reply.data?.version).not.to.equal(data?.version);
    expect(reply.data?.servers).to.deep.equal([{ name: 'a', holders: [], status: 'failed', reason: 'gone' }]);
  });

  it('ends the wait after a while with the same version and no servers', async () => {
    await begin({ serverTableWait: 50 });
    const { version } = (await ask()).reply.data ?? {};
    const { status, reply } = await ask(version);
    expect([status, reply.data]).to.deep.equal([200, { version }]);
  });

  it('does not hold up a coordinator that stops, nor keep members asking it in a loop', async () => {
    await begin();
    const { version } = (await ask()).reply.data ?? {};
    const waiting = ask(version);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stopped = harness.coordinator.stop({ graceful: true });
    expect((await waiting).reply.data).to.deep.equal({ version });
    expect((await ask(version)).status).to.equal(503);
    await stopped;
  });

  it('forgets whoever has left while it waited', async () => {
    const node = await begin();
    const { version } = (await ask()).reply.data ?? {};
    const abort = new AbortController();
    const waiting = ask(version, { signal: abort.signal, headers: { authorization: 'Bearer t' } }).catch(() => 'left');
    await new Promise((resolve) => setTimeout(resolve, 50));
    abort.abort();
    expect(await waiting).to.equal('left');
    await node.report([]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await ask(version)).reply.data?.servers?.[0]?.holders).to.deep.equal([]);
    expect(harness.logs.filter(({ level }) => Number(level) >= 50)).to.deep.equal([]);
  });
});
