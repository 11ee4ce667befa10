import { expect } from 'chai';
import { createSseReader, encodeEvent, endsAtBoundary, KEEP_ALIVE, type SseEvent } from '../../mcp/sse.ts';

function read(chunks: Iterable<string>, maxEventLength?: number): SseEvent[] {
  const events: SseEvent[] = [];
  const reader = createSseReader((event) => events.push(event), maxEventLength);
  for (const chunk of chunks) reader.push(chunk);
  return events;
}

/** A small repeatable random source, so that a failing cut can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function* cuts(text: string, next: () => number): Iterable<string> {
  for (let at = 0; at < text.length; ) {
    const length = Math.floor(next() * 7);
    yield text.slice(at, at + length);
    at += length;
  }
}

const PARTS = [
  'data: x',
  'data:',
  'data',
  'data: {"a":1}',
  'event: endpoint',
  'id: 7',
  'id:',
  'retry: 50',
  ': ka',
  'other: y',
  '',
];
const LINE_ENDS = ['\n', '\r\n', '\r'];

function stream(next: () => number): string {
  let text = '';
  for (let lines = Math.floor(next() * 30); lines > 0; lines--) {
    text += PARTS[Math.floor(next() * PARTS.length)] as string;
    text += LINE_ENDS[Math.floor(next() * LINE_ENDS.length)] as string;
  }
  return text;
}

/** What the standard says, with the whole stream at hand. */
function reference(text: string): SseEvent[] {
  const events: SseEvent[] = [];
  let lines: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/).slice(0, -1)) {
    if (line !== '') {
      lines.push(line);
    } else {
      events.push(...referenceEvent(lines));
      lines = [];
    }
  }
  return events;
}

function referenceEvent(lines: string[]): SseEvent[] {
  const pairs = lines.filter((l) => !l.startsWith(':')).map((l) => /^([^:]*)(?:: ?(.*))?$/.exec(l)?.slice(1) ?? []);
  const last = (name: string) => pairs.findLast(([field]) => field === name)?.map((value) => value ?? '')[1];
  const data = pairs.filter(([field]) => field === 'data').map(([, value]) => value ?? '');
  if (data.length === 0) return [];
  const id = last('id');
  const retry = last('retry');
  return [
    {
      event: last('event') ?? 'message',
      data: data.join('\n'),
      ...(id === undefined ? {} : { id }),
      ...(retry === undefined ? {} : { retry: Number(retry) }),
    },
  ];
}

describe('the event stream reader', () => {
  it('does not depend on where the network cuts a stream', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const next = random(seed);
      const text = stream(next);
      expect(read(cuts(text, next)), `seed ${seed}`).to.deep.equal(reference(text));
    }
  });

  it('reads one character at a time as it reads the whole', () => {
    const text = 'event: endpoint\r\ndata: /messages?sessionId=1\r\n\r\n: ka\n\nid: 3\ndata: a\rdata: b\r\r';
    expect(read([...text]))
      .to.deep.equal(read([text]))
      .and.to.deep.equal(reference(text))
      .and.to.have.length(2);
  });

  it('does not hold back an event that ends in a carriage return until more comes', () => {
    expect(read(['data: x\r\n\r'])).to.have.length(1);
    expect(read(['data: x\r\n\r', '\n', 'data: y\r', '', '\n', '\r\n']).map((event) => event.data)).to.deep.equal([
      'x',
      'y',
    ]);
  });

  it('takes linear time for a 20 MB line in 64 KiB chunks', () => {
    const chunk = 'x'.repeat(64 * 1024);
    const chunks = ['data: ', ...Array<string>(305).fill(chunk), '\n', '\n'];
    const started = performance.now();
    const events = read(chunks);
    const once = performance.now() - started;
    expect(events[0]?.data.length).to.equal(305 * 64 * 1024);
    // Copying the line for each chunk is 3 GB of memory traffic, above a second on any machine of today.
    expect(once).to.be.below(400);
  });

  it('refuses an endless event instead of filling the memory, in one line or in many', () => {
    expect(() => read(Array<string>(100).fill('data: xxxxxxxxxx'), 1000)).to.throw(RangeError, '1000');
    expect(() => read(Array<string>(100).fill('data: xxxxxxxxxx\n'), 1000)).to.throw(RangeError, '1000');
    expect(read(Array<string>(100).fill('data: xxxxxxxxxx\n\n'), 1000)).to.have.length(100);
  });

  it('drops an event that the stream did not finish', () => {
    expect(read(['data: x\n'])).to.deep.equal([]);
  });

  it('ignores ids with NUL, bad retry values and unknown fields', () => {
    expect(read(['id: a\0b\nretry: 5s\nfoo: bar\ndata: x\n\n'])).to.deep.equal([{ event: 'message', data: 'x' }]);
  });

  it('keeps the id of an event with empty data, which primes a resumption (2025-11-25, basic/transports)', () => {
    expect(read(['id: 1\nretry: 100\ndata: \n\n'])).to.deep.equal([
      { event: 'message', data: '', id: '1', retry: 100 },
    ]);
  });

  it('removes one space after the colon and no more', () => {
    expect(read(['data:  x \n\n'])[0]?.data).to.equal(' x ');
  });
});

describe('the event stream writer', () => {
  it('writes what the reader reads, whatever line ends the data has', () => {
    for (const data of ['', '{"a":1}', 'a\nb', 'a\r\nb\rc\n', ' leading', ': not a comment']) {
      const [event] = read([encodeEvent(data)]);
      expect(event?.data, JSON.stringify(data)).to.equal(data.replace(/\r\n|\r/g, '\n'));
    }
  });

  it('names an event only when it is not a message', () => {
    expect(encodeEvent('x', 'message')).to.equal('data: x\n\n');
    expect(encodeEvent('x', 'endpoint')).to.equal('event: endpoint\ndata: x\n\n');
  });
});

describe('endsAtBoundary', () => {
  const at = (text: string) => endsAtBoundary(Buffer.from(text));

  it('lets a comment follow a finished event, in all line ends', () => {
    for (const text of ['data: x\n\n', 'data: x\r\n\r\n', 'data: x\r\r'])
      expect(at(text), JSON.stringify(text)).to.equal(true);
  });

  it('does not let a comment split an event or a line', () => {
    for (const text of ['', '\n', 'data: x', 'data: x\n', 'data: x\r\n', 'data: x\r', 'data: x\r\n\r']) {
      expect(at(text), JSON.stringify(text)).to.equal(false);
    }
  });

  it('never answers yes where a comment would change the events', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const text = stream(random(seed));
      for (let cut = 0; cut <= text.length; cut++) {
        const [head, tail] = [text.slice(0, cut), text.slice(cut)];
        if (at(head)) expect(read([head, KEEP_ALIVE, tail]), `seed ${seed}, cut ${cut}`).to.deep.equal(reference(text));
      }
    }
  });
});
