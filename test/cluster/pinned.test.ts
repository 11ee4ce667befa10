import { expect } from 'chai';
import { pin, readPin } from '../../cluster/pinned.ts';
import { nodeTag } from '../../cluster/tag.ts';

describe('cluster: pinned texts', () => {
  const tag = nodeTag('node-1');

  it('does not lose what a node pinned, whatever its tag', () => {
    for (let i = 0; i < 200; i++) {
      const some = nodeTag(`node-${i}`);
      expect(readPin(pin(some, 'x.y/z=='))).to.deep.equal({ tag: some, value: 'x.y/z==' });
    }
  });
  it('keeps the pin of a node further on within that of the node before it', () => {
    const inner = pin(nodeTag('node-2'), 's.state');
    expect(readPin(pin(tag, inner))).to.deep.equal({ tag, value: inner });
  });
  it('does not take what a server or a stranger made for a pinned text', () => {
    const not = ['', 'mh', `mh.${tag}`, `mh.${tag}.`, `mh.${tag.slice(1)}.x`, `mx.${tag}.x`, `mh.${'+'.repeat(8)}.x`];
    const bytes = [`mh.${tag}.a b`, `mh.${tag}.ü`, `mh.${tag}.x\n`, `mh.${tag}.\u0000`, ` mh.${tag}.x`];
    for (const text of [...not, ...bytes]) expect(readPin(text), JSON.stringify(text)).to.equal(undefined);
  });
});
