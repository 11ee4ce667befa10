import { expect } from 'chai';
import fc from 'fast-check';
import { linesOf } from '../../../operator/kube/lines.ts';

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]) {
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('lines of a stream', () => {
  it('are the same wherever the bytes are cut, also within a character', async () => {
    const line = fc.string({ unit: 'binary' }).map((text) => `x${text.replaceAll(/[\n\uFEFF]/g, '')}`);
    const run = async (lines: string[], sizes: number[]) => {
      const bytes = new TextEncoder().encode(lines.map((text) => `${text}\n`).join(''));
      const read: string[] = [];
      for await (const text of linesOf(inPieces(bytes, sizes))) read.push(text);
      expect(read).to.eql(lines);
    };
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
    await fc.assert(fc.asyncProperty(fc.array(line), sizes, run), { numRuns: 300 });
  });

  it('leave out a last one that has no end: it may be cut', async () => {
    const read: string[] = [];
    for await (const text of linesOf(inPieces(new TextEncoder().encode('one\n\ntwo'), [2]))) read.push(text);
    expect(read).to.eql(['one']);
  });
});
