import { expect } from 'chai';
import { type ClientCapabilities, isBoundTo, mintInnerId, readInnerId, sessionKey } from '../../cluster/inner-id.ts';
import { LEGACY_REVISIONS } from '../../mcp/revisions.ts';

const createdAt = Date.UTC(2026, 10, 23, 5, 30);

const MINE = { target: 'group', principal: 'abcdef' };

function roundTrip(capabilities: ClientCapabilities): ClientCapabilities | undefined {
  return readInnerId(mintInnerId({ revision: '2025-11-25', capabilities, createdAt }, MINE))?.capabilities;
}

describe('the inner session id', () => {
  it('carries revision and creation time to another node', () => {
    for (const revision of LEGACY_REVISIONS) {
      const read = readInnerId(mintInnerId({ revision, capabilities: {}, createdAt: createdAt + 999 }, MINE));
      expect(read).to.deep.equal({ revision, capabilities: {}, createdAt });
    }
  });

  it('never claims a capability that the client did not declare', () => {
    const cases: ClientCapabilities[] = [
      {},
      { sampling: {} },
      { sampling: { tools: {} } },
      { sampling: { context: {} } },
      { sampling: { tools: {}, context: {} } },
      { elicitation: {} },
      { elicitation: { url: {} } },
      { elicitation: { form: {}, url: {} } },
      { roots: {} },
      { roots: { listChanged: true } },
      { sampling: { tools: {}, context: {} }, elicitation: { form: {}, url: {} }, roots: { listChanged: true } },
    ];
    for (const capabilities of cases) expect(roundTrip(capabilities)).to.deep.equal(capabilities);
  });

  it('reads an elicitation with forms alone as the empty object, which means the same', () => {
    expect(roundTrip({ elicitation: { form: {} } })).to.deep.equal({ elicitation: {} });
  });

  it('is a legal MCP session id and never the same twice', () => {
    const ids = Array.from({ length: 1000 }, () =>
      mintInnerId({ revision: '2025-06-18', capabilities: {}, createdAt }, MINE),
    );
    expect(new Set(ids).size).to.equal(1000);
    for (const id of ids) expect(id).to.match(/^[A-Za-z0-9_-]{32}$/);
  });

  it('is for one principal and one target: whoever changes that has another session', () => {
    const own = mintInnerId({ revision: '2025-06-18', capabilities: {}, createdAt }, MINE);
    expect(isBoundTo(own, MINE)).to.equal(true);
    for (const other of [
      { ...MINE, target: 'groupa' },
      { ...MINE, principal: '' },
      { target: 'groupabc', principal: 'def' },
    ])
      expect(isBoundTo(own, other), JSON.stringify(other)).to.equal(false);
    const bytes = Buffer.from(own, 'base64url');
    for (let at = 8; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const id = changed.toString('base64url');
      expect(isBoundTo(id, MINE), `byte ${at}`).to.equal(false);
      if (at > 8) expect(sessionKey(id), `byte ${at}`).not.to.equal(sessionKey(own));
    }
    const before = Buffer.from(bytes);
    before[0] = 1;
    expect(isBoundTo(before.toString('base64url'), MINE)).to.equal(false);
  });

  it('does not take ids of foreign nodes for its own', () => {
    const own = mintInnerId({ revision: '2025-06-18', capabilities: {}, createdAt }, MINE);
    const futureVersion = `Aw${own.slice(2)}`;
    const futureRevision = `Av${own.slice(2)}`;
    for (const text of [
      '',
      '3f2b8c1e-0000-4000-8000-000000000001',
      own.slice(1),
      `${own}A`,
      `${own.slice(1)}!`,
      futureVersion,
      futureRevision,
      'f'.repeat(32),
    ]) {
      expect(readInnerId(text), text).to.equal(undefined);
    }
  });
});
