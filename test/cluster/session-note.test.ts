import { expect } from 'chai';
import { decodeClaim, encodeClaim, nextEpoch } from '../../cluster/claim.ts';
import { decodeSessionNote, encodeSessionNote } from '../../cluster/session-note.ts';

describe('what members tell each other of a session', () => {
  it('comes back as it was told', () => {
    for (const principal of ['', 'q83v-_xyz']) {
      for (const epoch of [0, 1, Date.now()]) {
        const note = { tag: 'AbC-_123', epoch, movable: epoch > 0, principal };
        expect(decodeSessionNote(encodeSessionNote(note))).to.eql(note);
      }
    }
    const claim = { tag: 'AbC-_123', key: '0123456789abcdefghi-', epoch: 1_790_000_000_000 };
    expect(decodeClaim(encodeClaim(claim))).to.eql(claim);
  });
  it('is nothing when somebody else wrote it', () => {
    for (const text of [
      undefined,
      '',
      'tag',
      'tag x',
      'tag 1 2 p',
      'tag 1 1 p q',
      `tag 1 1 ${'p'.repeat(65)}`,
      'ta g 1 1 ',
    ]) {
      expect(decodeSessionNote(text), String(text)).to.equal(undefined);
    }
    for (const text of ['', 'a.b.c', 'AbC-_123.short.1', 'AbC-_123.0123456789abcdefghi-.ZZ']) {
      expect(decodeClaim(text), text).to.equal(undefined);
    }
  });
  it('grows with each adoption, also where clocks go backwards', () => {
    expect(nextEpoch(0, 5_000)).to.equal(5_000);
    expect(nextEpoch(9_000, 5_000)).to.equal(9_001);
  });
});
