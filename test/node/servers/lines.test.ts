import { expect } from 'chai';
import { answeredId, createLineReader, type LongLine } from '../../../node/servers/lines.ts';

describe('the line reader', () => {
  function read(limit: number, ...chunks: (string | Buffer)[]) {
    const lines: string[] = [];
    const long: LongLine[] = [];
    const reader = createLineReader(
      limit,
      (line) => lines.push(line),
      (line) => long.push(line),
    );
    for (const chunk of chunks) reader.push(Buffer.from(chunk));
    return { lines, long };
  }

  it('does not break a character that arrives in two chunks', () => {
    const bytes = Buffer.from('{"a":"€"}\n');
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(read(100, bytes.subarray(0, cut), bytes.subarray(cut)).lines).to.deep.equal(['{"a":"€"}']);
    }
  });

  it('does not lose the lines after one that is too long', () => {
    const { lines, long } = read(10, 'short\n123456', '789', '0123', '456\nnext\n', 'last\n');
    expect(lines).to.deep.equal(['short', 'next', 'last']);
    expect(long).to.have.length(1);
    expect(long[0]?.bytes).to.equal(16);
    expect(long[0]?.head).to.equal('1234567890123');
  });

  it('does not keep a line that never ends', () => {
    let bytes = 0;
    const reader = createLineReader(
      1024,
      () => {},
      (line) => {
        bytes = line.bytes;
      },
    );
    const chunk = Buffer.alloc(1024 * 1024, 0x61);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 512; i++) reader.push(chunk);
    reader.push(Buffer.from('\n'));
    expect(bytes).to.equal(512 * 1024 * 1024);
    expect(process.memoryUsage().rss - before).to.be.below(100 * 1024 * 1024);
  });

  it('does not take a line of exactly the limit for too long', () => {
    const { lines, long } = read(4, 'abcd\nabcde\n');
    expect(lines).to.deep.equal(['abcd']);
    expect(long[0]?.bytes).to.equal(5);
  });

  it('does not leave a request waiting whose answer was dropped', () => {
    expect(answeredId({ bytes: 1, head: '{"jsonrpc":"2.0","id":5,"result":{', tail: '' })).to.equal(5);
    expect(answeredId({ bytes: 1, head: '{"result":', tail: '"},"jsonrpc":"2.0","id":12}' })).to.equal(12);
    expect(answeredId({ bytes: 1, head: '{"jsonrpc":"2.0","id":5,"method":"x"', tail: '' })).to.equal(undefined);
  });
});
