import { expect } from 'chai';
import { heartbeatPayload, membershipReply, registerPayload, serverTableReply } from '../../cluster/payload.ts';
import { unreadFields } from '../../cluster/readable.ts';

/** As a node of the original branch sends them. */
const ORIGINAL_REGISTER = {
  id: '3f2b8c1e-0000-4000-8000-000000000001',
  name: 'worker_1',
  host: 'worker_1',
  port: 3001,
  url: 'http://worker_1:3001',
  status: 'active',
  lastHeartbeat: 1_763_875_800_000,
  servers: ['fetch', 'playwright'],
};
const {
  url: _url,
  status: _status,
  lastHeartbeat: _beat,
  ...ORIGINAL_HEARTBEAT
} = { ...ORIGINAL_REGISTER, timestamp: 1_763_875_805_000 };

describe('the register payload', () => {
  it('lets a node of the original branch join unchanged', () => {
    expect(registerPayload.parse(ORIGINAL_REGISTER)).to.deep.equal(ORIGINAL_REGISTER);
  });

  it('takes a node without servers for a node with none', () => {
    const { servers: _servers, ...rest } = ORIGINAL_REGISTER;
    expect(registerPayload.parse(rest).servers).to.deep.equal([]);
  });

  it('keeps metadata of a newer release', () => {
    const metadata = {
      tag: 'abcdefgh',
      sessions: 3,
      catalogDigest: 'x',
      serverStatus: { a: { status: 'failed', reason: 'no', tries: 3 } },
    };
    expect(registerPayload.parse({ ...ORIGINAL_REGISTER, metadata }).metadata).to.deep.equal(metadata);
  });

  it('refuses what would end up in headers, cookies or connections to odd places', () => {
    const bad = [
      { id: '' },
      { id: 'a b' },
      { id: 'a\r\nSet-Cookie: x' },
      { id: 'a;b' },
      { id: 'x'.repeat(254) },
      { url: 'file:///etc/passwd' },
      { url: 'worker:3001' },
      { url: undefined },
      { name: undefined },
      { port: 0 },
      { port: 70_000 },
      { servers: 'fetch' },
    ];
    for (const change of bad) {
      expect(registerPayload.safeParse({ ...ORIGINAL_REGISTER, ...change }).success, JSON.stringify(change)).to.equal(
        false,
      );
    }
  });

  it('does not believe what another version says otherwise in the metadata, nor refuse the node for it', () => {
    const strange = { sessions: -1, groups: 'x', draining: 'yes', version: '9.0.0' };
    const { metadata } = registerPayload.parse({ ...ORIGINAL_REGISTER, metadata: strange });
    expect(metadata).to.eql({ sessions: undefined, groups: undefined, draining: undefined, version: '9.0.0' });
    expect(registerPayload.parse({ ...ORIGINAL_REGISTER, metadata: 'x' }).metadata).to.equal(undefined);
  });

  it('does not let a server called __proto__ change anything', () => {
    const text = JSON.stringify({ ...ORIGINAL_REGISTER, metadata: { serverStatus: {} } }).replace(
      '"serverStatus":{}',
      '"serverStatus":{"__proto__":{"status":"connected"}}',
    );
    const parsed = registerPayload.parse(JSON.parse(text));
    expect(Object.getPrototypeOf(parsed.metadata?.serverStatus ?? {})).to.equal(Object.prototype);
    expect(({} as Record<string, unknown>).status).to.equal(undefined);
  });
});

describe('the heartbeat payload', () => {
  it('takes the heartbeat of the original branch, which has no url', () => {
    expect(heartbeatPayload.parse(ORIGINAL_HEARTBEAT)).to.deep.equal(ORIGINAL_HEARTBEAT);
  });

  it('needs an id and nothing else', () => {
    expect(heartbeatPayload.parse({ id: 'a' })).to.deep.equal({ id: 'a', servers: [] });
    expect(heartbeatPayload.safeParse({ name: 'a' }).success).to.equal(false);
  });
});

describe('the reply to a node', () => {
  it('may come from a coordinator of the original branch', () => {
    const reply = { success: true, message: 'Node registered successfully' };
    expect(membershipReply.parse(reply)).to.deep.equal(reply);
  });
});

describe('what is said of groups', () => {
  const told = (groups: unknown) => membershipReply.parse({ success: true, data: { groups } }).data?.groups;
  const shown = (selection: unknown) =>
    told([{ id: 'g', name: 'g', servers: [{ name: 's', tools: selection, resources: selection }] }])?.[0]?.servers[0];

  it('hides what an override that cannot be read may have been meant to hide', () => {
    for (const override of [null, 'no', 7, [], { enabled: 'no' }, { enabled: null }, { name: 1 }, { name: '' }]) {
      expect(shown({ t: override, u: { enabled: true } })?.tools, JSON.stringify(override)).to.eql({
        t: { enabled: false },
        u: { enabled: true },
      });
    }
  });

  it('shows nothing of a selection that cannot be read', () => {
    const long = Array.from({ length: 10_001 }, (_, i) => `t${i}`);
    const many = Object.fromEntries(long.map((name) => [name, { enabled: true }]));
    for (const selection of [null, 7, 'all', true, [1], ['a', null], ['x'.repeat(2_001)], long, many]) {
      const { tools, resources } = shown(selection) ?? {};
      expect([tools, resources], JSON.stringify(selection).slice(0, 60)).to.eql([[], []]);
    }
  });

  it('shows no server of a group that cannot be read, and all other groups', () => {
    const good = { id: 'h', name: 'h', servers: [{ name: 's', tools: ['t'] }] };
    expect(told([{ id: 'g', servers: 'all' }, 7, null, { servers: [] }, good])).to.eql([
      { id: 'g', name: 'g', servers: [] },
      good,
    ]);
    expect(told([{ name: 'g', servers: [{ name: 7 }, null, { name: 's', tools: [] }] }])).to.eql([
      { id: 'g', name: 'g', servers: [{ name: 's', tools: [] }] },
    ]);
  });
});

describe('what is said of servers', () => {
  it('of one that cannot be read does not cost the others', () => {
    const ofNode = (serverStatus: unknown) =>
      registerPayload.parse({ ...ORIGINAL_REGISTER, metadata: { serverStatus } }).metadata?.serverStatus;
    expect(ofNode({ a: 7, b: { status: 'idle' }, ['x'.repeat(2_001)]: { status: 'idle' } })).to.eql({
      b: { status: 'idle' },
    });
    const rows = [{ name: 7 }, null, { name: 'b', holders: [], perSessionClient: 'yes', status: 'idle' }];
    expect(serverTableReply.parse({ success: true, data: { version: 'p', servers: rows } }).data?.servers).to.eql([
      { name: 'b', holders: [], perSessionClient: true, status: 'idle' },
    ]);
  });

  it('is bounded, whatever a member sends', () => {
    const many = Array.from({ length: 10_001 }, (_, i) => `s${i}`);
    expect(registerPayload.safeParse({ ...ORIGINAL_REGISTER, servers: many }).success).to.equal(false);
    for (const change of [{ name: 'a\nb' }, { url: `http://a/${'x'.repeat(2_000)}` }, { servers: ['x'.repeat(2_001)] }])
      expect(registerPayload.safeParse({ ...ORIGINAL_REGISTER, ...change }).success).to.equal(false);
    const metadata = {
      serverStatus: Object.fromEntries(many.map((name) => [name, { status: 'idle' }])),
      principals: Object.fromEntries(many.map((name) => [name, 1])),
      members: many,
      zone: 'x'.repeat(254),
      startedAt: 9e15,
      sessions: 1e300,
      adopted: { add: ['x'.repeat(65)], remove: [] },
    };
    const read = registerPayload.parse({ ...ORIGINAL_REGISTER, metadata }).metadata ?? {};
    expect(Object.values(read).filter((value) => value !== undefined)).to.eql([]);
    expect(unreadFields(metadata, read)).to.have.members(Object.keys(metadata));
  });

  it('keeps the digest of a catalog, and believes no other form of them', () => {
    const report = (server: object) =>
      registerPayload.parse({ ...ORIGINAL_REGISTER, metadata: { serverStatus: { a: server } } }).metadata?.serverStatus
        ?.a;
    const said = { status: 'connected', digest: 'x'.repeat(64), perSessionClient: true };
    expect(report(said)).to.deep.equal(said);
    expect(report({ status: 'connected', digest: 'x'.repeat(65), perSessionClient: 1 })).to.deep.equal({
      status: 'connected',
      digest: undefined,
      // It may have been meant: another session must not hear what is said in one.
      perSessionClient: true,
    });
  });

  it('reads the table of servers of another version as far as it can', () => {
    const row = { name: 'a', digest: 'd', holders: ['t'], status: 'connected', reason: 'r', more: 1 };
    const table = (servers?: unknown) => serverTableReply.parse({ success: true, data: { version: 'p-1', servers } });
    expect(table([row]).data?.servers).to.deep.equal([row]);
    expect(table().data).to.deep.equal({ version: 'p-1', servers: undefined });
    expect(table([{ name: 'a', holders: 7, status: 'new', digest: {} }]).data?.servers).to.deep.equal([
      { name: 'a', holders: [], status: 'connecting', digest: undefined },
    ]);
    expect(table('all').data?.servers).to.equal(undefined);
    expect(serverTableReply.parse({ success: false, message: 'no' }).data).to.equal(undefined);
  });
});
