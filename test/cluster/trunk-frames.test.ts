import { expect } from 'chai';
import { encodeFrame, FrameReader, KIND, type Kind, MAX_FRAME_BODY, utf8Bytes } from '../../cluster/trunk/frames.ts';

type Frame = [kind: Kind, id: number, head: string, body: string];

function readAll(bytes: Buffer, step: number): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader((kind, id, head, body) => {
    const [lastKind, lastId, , data] = frames.at(-1) ?? [];
    // Data comes in parts.
    if (kind === KIND.data && lastKind === kind && lastId === id) frames.pop();
    else return void frames.push([kind, id, head, body.toString('latin1')]);
    frames.push([kind, id, head, data + body.toString('latin1')]);
  });
  for (let at = 0; at < bytes.length; at += step) reader.read(Buffer.from(bytes.subarray(at, at + step)));
  return frames.map(([kind, id, head, body]) => [kind, id, head, Buffer.from(body, 'latin1').toString()]);
}

describe('frames of a trunk', () => {
  it('come out as they went in, in any cut, with characters of any width', () => {
    const sent: Frame[] = [
      [KIND.request, 1, '["POST","/mcp/a",[]]', '{"id":1}'],
      [KIND.data, 0xffff_ffff, '', 'Grüße, 世界 \u{1f600}'],
      [KIND.more, 256, '131072', ''],
      [KIND.leaving, 0, '', ''],
    ];
    const text = sent.map(([kind, id, head, body]) => encodeFrame(kind, id, head, utf8Bytes(body))).join('');
    const bytes = Buffer.from(text, 'latin1');
    for (const step of [1, 2, 12, 13, 14, 50, bytes.length]) expect(readAll(bytes, step), String(step)).to.eql(sent);
  });

  it('may be as long as the longest, and what is longer or of no known kind is refused before it has come', () => {
    const longest = encodeFrame(KIND.data, 7, '', 'x'.repeat(MAX_FRAME_BODY));
    expect(readAll(Buffer.from(longest, 'latin1'), 10_000)[0]?.[3]).to.have.length(MAX_FRAME_BODY);
    const bad = [
      encodeFrame(KIND.data, 7, '', 'x'.repeat(MAX_FRAME_BODY + 1)),
      encodeFrame(KIND.head, 7, 'x'.repeat(64 * 1024 + 1)),
      encodeFrame(0 as Kind, 7),
      encodeFrame(99 as Kind, 7),
      'HTTP/1.1 400 Bad Request\r\n\r\n',
    ];
    for (const text of bad) {
      const prefix = Buffer.from(text.slice(0, 13), 'latin1');
      expect(() => readAll(prefix, 13), text.slice(13, 30)).to.throw('what comes on the trunk is no frame');
    }
  });
});
