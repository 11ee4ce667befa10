import { expect } from 'chai';
import { createEndpointRewriter } from '../../router/forward/endpoint-event.ts';

describe('router: endpoint event of HTTP+SSE', () => {
  /** Feeds a text in pieces of `size` bytes. */
  function run(text: string, size: number): string {
    const rewriter = createEndpointRewriter((inner) => `/messages?sessionId=OUTER-${inner}`);
    const bytes = Buffer.from(text);
    const out: Buffer[] = [];
    for (let i = 0; i < bytes.length; i += size)
      out.push(rewriter.push(bytes.subarray(i, i + size)) ?? Buffer.alloc(0));
    return Buffer.concat([...out, rewriter.flush() ?? Buffer.alloc(0)]).toString();
  }
  const rest = 'event: message\ndata: {"a":"é"}\n\n';

  for (const end of ['\n', '\r\n', '\r']) {
    it(`rewrites it in any cut, with lines that end in ${JSON.stringify(end)}, and nothing after it`, () => {
      const event = `: hello${end}${end}event: endpoint${end}data: /x/messages?sessionId=in-1&y=2${end}${end}`;
      for (const size of [1, 2, 3, 7, 1000]) {
        const got = run(event + rest, size);
        expect(got, `pieces of ${size}`).to.equal(
          `retry: 100\nevent: endpoint\ndata: /messages?sessionId=OUTER-in-1\n\n${rest}`,
        );
      }
    });
  }
  it('leaves the event out for a client that knows it already', () => {
    const rewriter = createEndpointRewriter(() => undefined);
    const event = Buffer.from(`event: endpoint\ndata: /messages?sessionId=in\n\n${rest}`);
    expect(rewriter.push(event)?.toString()).to.equal(rest);
  });
  it('leaves a stream alone that begins with another event or ends early', () => {
    expect(run(rest + rest, 5)).to.equal(rest + rest);
    expect(run('event: endpoint\ndata: /m?session', 4)).to.equal('event: endpoint\ndata: /m?session');
    expect(run('event: endpoint\ndata: /m\n\n', 4)).to.equal('event: endpoint\ndata: /m\n\n');
    const long = `data: ${'x'.repeat(20_000)}\n\n`;
    expect(run(long, 1_000)).to.equal(long);
  });
});
