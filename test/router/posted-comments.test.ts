import { expect } from 'chai';
import { PostedComments } from '../../router/forward/posted-comments.ts';

describe('router: comments on an HTTP+SSE stream', () => {
  const stream = Buffer.from(
    'event: endpoint\ndata: /messages\n\n: posted 7\n\n: posted "ä: posted 9"\n\n' +
      `data: : posted 8\n\ndata: ${'x'.repeat(2_000)}\n\n: ka\n\n: answered 7\n\n: posted {"no":1}\n\n: posted ${'y'.repeat(500)}\n\n: posted 0\n\n`,
  );

  it('are found wherever the stream is cut, and nothing else is taken for one', () => {
    for (let size = 1; size < 70; size++) {
      const seen: string[] = [];
      const comments = new PostedComments({
        onPosted: (id) => void seen.push(`+${id}`),
        onAnswered: (id) => void seen.push(`-${id}`),
      });
      for (let at = 0; at < stream.length; at += size) comments.push(stream.subarray(at, at + size));
      expect(seen, `in pieces of ${size}`).to.eql(['+7', '+ä: posted 9', '-7', '+0']);
    }
  });
});
