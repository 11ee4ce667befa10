import { expect } from 'chai';
import { isLegacyRevision, isModernRevision, LEGACY_REVISIONS, negotiate } from '../../mcp/revisions.ts';

describe('revisions', () => {
  it('keeps the order that session ids rely on', () => {
    expect(LEGACY_REVISIONS.slice(0, 4)).to.deep.equal(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']);
  });

  it('answers initialize with the revision asked for, or with the latest legacy one', () => {
    for (const revision of LEGACY_REVISIONS) expect(negotiate(revision)).to.equal(revision);
    for (const other of ['2024-10-07', '2026-07-28', '1.0', '', undefined, null, 7]) {
      expect(negotiate(other), String(other)).to.equal('2025-11-25');
    }
  });

  it('takes 2026-07-28 and later dates for modern, and nothing that is no date', () => {
    for (const modern of ['2026-07-28', '2027-01-01']) expect(isModernRevision(modern)).to.equal(true);
    for (const other of [
      ...LEGACY_REVISIONS,
      '2026-07-27',
      undefined,
      '',
      'draft',
      '2026-07-28-rc',
      'zzzz-zz-zz',
      ' 2026-07-28',
    ]) {
      expect(isModernRevision(other), String(other)).to.equal(false);
    }
  });

  it('does not take names of Object.prototype for revisions', () => {
    expect(isLegacyRevision('constructor')).to.equal(false);
    expect(isLegacyRevision(0)).to.equal(false);
  });
});
