import { expect } from 'chai';
import { ApiRefusal } from '../support/api.ts';
import { requestInfo } from '../support/request-info.ts';
import { missOf } from './misses.ts';
import { judge, type Third } from './verdict.ts';
import { changedSince, writtenBy } from './written.ts';

const MIB = 1024 * 1024;

function third(changed: Partial<Third> = {}, missed: Partial<Third['edits']['missed']> = {}): Third {
  const done = { settings: 600, secret: 0, scale: 0, drift: 0, removal: 0, template: 0, recreation: 0, invalid: 0 };
  return {
    settled: 1_000,
    live: 40 * MIB,
    rss: 200 * MIB,
    descriptors: 40,
    sockets: 20,
    connections: 2,
    callsPerMinute: 60,
    writesPerMinute: 0,
    written: [],
    faults: {},
    ...changed,
    edits: {
      done,
      missed: { 'object gone': 0, conflict: 0, 'API server away': 0, unexpected: 0, ...missed },
      unexpected: [],
    },
  };
}

/** What is not fine, of three thirds of which one is as given. */
function wrong(...thirds: Third[]): string[] {
  return judge(thirds)
    .filter(({ fine }) => !fine)
    .map(({ what }) => what);
}

function refused(status: number, body: unknown): string {
  return missOf(new ApiRefusal('PATCH /api', { status, body }));
}

describe('the verdict on a soak', () => {
  it('finds nothing wrong with what stays flat, and with edits that another one was in the way of', () => {
    const busy = third(
      { faults: { 'API server restarts': 1 }, live: 44 * MIB },
      { 'object gone': 100, conflict: 5, 'API server away': 60 },
    );
    expect(wrong(third(), busy, busy)).to.eql([]);
  });

  it('does not let memory grow, or a single write pass that came in quiet', () => {
    expect(wrong(third(), third(), third({ live: 50 * MIB }))).to.eql(['live memory, MiB']);
    expect(wrong(third(), third({ writesPerMinute: 2 }), third())).to.eql(['API writes a minute, in quiet']);
  });

  it('does not let an edit pass that was missed for another reason, or that met no API server while one ran', () => {
    expect(wrong(third({}, { unexpected: 1 }), third(), third())).to.eql(['edits missed: any other reason']);
    expect(wrong(third(), third({}, { 'API server away': 1 }), third())).to.eql([
      'edits missed: the API server was away',
    ]);
  });

  it('does not let it pass that objects stay gone, or that most edits are refused', () => {
    expect(wrong(third(), third(), third({}, { 'object gone': 300 }))).to.eql(['edits missed: the object was gone']);
    expect(wrong(third(), third(), third({}, { conflict: 100 }))).to.eql(['edits missed: conflict']);
  });

  it('tells an object that is gone from a kind that is not served, and a lost connection from a defect', () => {
    expect(refused(404, { reason: 'NotFound', details: { name: 'one' } })).to.equal('object gone');
    expect(refused(404, { reason: 'NotFound', details: {} })).to.equal('unexpected');
    expect(refused(404, '404 page not found')).to.equal('unexpected');
    expect(refused(503, { reason: 'ServiceUnavailable' })).to.equal('API server away');
    expect(refused(409, { reason: 'Conflict' })).to.equal('conflict');
    expect(refused(422, { reason: 'Invalid' })).to.equal('unexpected');
    expect(missOf(Object.assign(new Error(), { code: 'ECONNREFUSED' }))).to.equal('API server away');
    expect(missOf(new TypeError('undefined is not a function'))).to.equal('unexpected');
  });

  it('names what was written in quiet, and who else changed something', () => {
    const status = '/apis/mcphub.dev/v1/namespaces/soak/mcphubclusters/one/status?fieldManager=somebody';
    const requests = [
      requestInfo('PATCH', status),
      requestInfo('PATCH', status),
      requestInfo('DELETE', '/api/v1/namespaces/soak/secrets/two'),
      requestInfo('GET', '/api/v1/namespaces/soak/secrets/two'),
    ];
    expect(writtenBy(requests)).to.eql(['2 x patch mcphubclusters/status one as somebody', '1 x delete secrets two']);
    const managed = [
      { manager: 'scheduler', time: '2026-01-01T00:00:09Z' },
      { manager: 'kubelet', subresource: 'status', time: '2026-01-01T00:00:10Z' },
    ];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one', managedFields: managed } };
    expect(changedSince([pod], Date.parse('2026-01-01T00:00:10.900Z'))).to.eql(['Pod one: kubelet/status']);
  });
});
