import { expect } from 'chai';
import { nodeTag, TAG_LENGTH } from '../../cluster/tag.ts';

describe('nodeTag', () => {
  it('stays the same for ever, because sessions outlive releases', () => {
    expect(nodeTag('mcphub-node-0')).to.equal('rJIDyUPg');
  });

  it('has one length and no separator of session ids, for any node id', () => {
    for (const id of ['', 'a', 'node:1@zone', 'x'.repeat(253), 'ü']) {
      expect(nodeTag(id))
        .to.match(/^[A-Za-z0-9_-]+$/)
        .and.to.have.length(TAG_LENGTH);
    }
  });

  it('does not give two of ten thousand nodes one tag', () => {
    const tags = new Set(Array.from({ length: 10_000 }, (_, i) => nodeTag(`node-${i}`)));
    expect(tags.size).to.equal(10_000);
  });
});
