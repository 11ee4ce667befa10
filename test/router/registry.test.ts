import { expect } from 'chai';
import { pino } from 'pino';
import { createRegistry } from '../../router/nodes/registry.ts';
import { createAffinities, sessionHash } from '../../router/sessions/affinities.ts';
import { parseSettings } from '../../settings/load.ts';
import { fixedSettings } from '../../settings/store.ts';

function logger() {
  const lines: string[] = [];
  return { lines, log: pino({}, { write: (line: string) => void lines.push(JSON.parse(line).msg) }) };
}

describe('router: registry', () => {
  const settings = fixedSettings(parseSettings({ systemConfig: { cluster: { coordinator: { nodeTimeout: 1_000 } } } }));
  const payload = { id: 'n', name: 'node', url: 'http://127.0.0.1:1', servers: ['a'] };

  it('marks a silent node once per death, brings it back with a heartbeat, and forgets it in the end', () => {
    const { lines, log } = logger();
    const registry = createRegistry(settings, log);
    registry.register(payload);
    const entry = registry.nodes.get('n');
    const at = entry?.heardAt ?? 0;
    registry.sweep(at + 1_001);
    registry.sweep(at + 2_000);
    const seen = new Date(entry?.lastHeartbeat ?? 0).toISOString();
    const marked = `Marking node n as unhealthy (last heartbeat: ${seen})`;
    expect(lines).to.deep.equal(['Node registered: node (n) with 1 servers', marked]);
    expect(entry?.status).to.equal('unhealthy');
    registry.heartbeat({ id: 'n', servers: ['a'] });
    expect(entry?.status).to.equal('active');
    registry.sweep((entry?.heardAt ?? 0) + 10_001);
    expect(registry.nodes.size).to.equal(0);
    expect(registry.byTag(entry?.tag ?? '')).to.equal(undefined);
  });
  it('keeps a suspect node out until it is heard of, and wakes those who wait', () => {
    const registry = createRegistry(settings, logger().log);
    let changes = 0;
    const end = registry.onChange(() => changes++);
    registry.register(payload);
    const entry = registry.nodes.get('n');
    if (entry !== undefined) registry.suspect(entry, 'ECONNREFUSED');
    expect(entry?.suspect).to.equal(true);
    registry.heartbeat({ id: 'n', servers: [] });
    expect(entry?.suspect).to.equal(false);
    expect(changes).to.equal(3);
    end();
    registry.drain('n');
    expect(changes).to.equal(3);
  });
  it('logs a heartbeat of an unknown node, and takes a node that moved at its new address', () => {
    const { lines, log } = logger();
    const registry = createRegistry(settings, log);
    registry.heartbeat({ id: 'n', host: '::1', port: 5, servers: [] });
    expect(lines[0]).to.equal('Received heartbeat from unknown node: n');
    expect(registry.nodes.get('n')).to.include({ url: 'http://[::1]:5', origin: 'http://[::1]:5', pathPrefix: '' });
    registry.register({ ...payload, url: 'http://127.0.0.1:9/base/' });
    expect(registry.nodes.get('n')).to.include({ origin: 'http://127.0.0.1:9', pathPrefix: '/base', port: 9 });
  });
  it('does not judge by a silence in which it was stopped itself', async () => {
    const quick = { nodeTimeout: 300, cleanupInterval: 100 };
    const { lines, log } = logger();
    const registry = createRegistry(
      fixedSettings(parseSettings({ systemConfig: { cluster: { coordinator: quick } } })),
      log,
    );
    registry.register(payload);
    registry.start();
    const until = performance.now() + 500;
    while (performance.now() < until);
    // The heartbeat that came in the meantime is read after the timers that are due.
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    registry.heartbeat({ id: 'n', servers: ['a'] });
    registry.stop();
    expect(lines.filter((line) => line.includes('unhealthy'))).to.eql([]);
    expect(registry.nodes.get('n')?.status).to.equal('active');
  });
  it('keeps new sessions away from a node that was drained, also when a rival with its id asks to be let in', () => {
    const registry = createRegistry(settings, logger().log);
    const said = (instance: string, startedAt: number) => ({ metadata: { tag: 'x', instance, startedAt } });
    registry.register({ ...payload, ...said('newer', 2) });
    registry.drain('n');
    expect(registry.register({ ...payload, url: 'http://127.0.0.1:2', ...said('older', 1) })).to.equal('rival');
    registry.heartbeat({ id: 'n', servers: ['a'], ...said('newer', 2) });
    expect(registry.nodes.get('n')).to.include({ draining: true, url: payload.url });
  });
});

describe('router: sessions seen', () => {
  const session = (id: string, tag = 't') => ({ id, tag, inner: id, target: '', principal: '' });

  it('is bounded, counts by node, and expires what is not used', () => {
    const { lines, log } = logger();
    const table = createAffinities(log, 3);
    for (const id of ['1', '2', '3', '4']) table.add(session(id));
    expect(table.size).to.equal(3);
    expect(table.get('1')).to.equal(undefined);
    expect(table.countOf('t')).to.equal(3);
    table.expire(1_000, performance.now() + 500);
    expect(table.size).to.equal(3);
    table.expire(1_000, performance.now() + 1_500);
    expect([table.size, table.countOf('t')]).to.deep.equal([0, 0]);
    expect(lines[0]).to.equal(`Removed expired session affinity: ${sessionHash('2')}`);
    expect(lines[0]).not.to.contain(': 2');
  });
  it('costs less than 2 KiB a session', () => {
    const { log } = logger();
    const table = createAffinities(log);
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 10_000; i++) {
      const id = `AAAAAAAA.${String(i).padStart(32, 'x')}.${'m'.repeat(22)}`;
      table.add({ ...session(id), inner: id.slice(9, 41) });
    }
    expect((process.memoryUsage().heapUsed - before) / 10_000).to.be.below(2_048);
    expect(table.size).to.equal(10_000);
  });
});
