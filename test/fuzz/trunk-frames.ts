import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { encodeFrame, FrameReader, KIND, type Kind, utf8Bytes } from '../../cluster/trunk/frames.ts';
import { readRequest } from '../../node/trunk/request.ts';
import { type Cuts, cuts, inPieces, sameInAnyCut } from './arbitrary/cuts.ts';
import { edited, edits } from './arbitrary/edits.ts';
import { anyText, latin1 } from './arbitrary/texts.ts';
import { type Property, pure } from './property.ts';

type Frame = [kind: Kind, id: number, head: string, body: string];

/** What a reader made of bytes: the frames, with data in one piece, and whether it refused what followed. */
function read(bytes: Buffer, sizes: Cuts): { frames: Frame[]; refused: boolean } {
  const frames: Frame[] = [];
  const reader = new FrameReader((kind, id, head, body) => {
    const last = frames.at(-1);
    if (kind === KIND.data && last?.[0] === kind && last[1] === id) last[3] += body.toString('latin1');
    else frames.push([kind, id, head, body.toString('latin1')]);
  });
  try {
    for (const piece of inPieces(bytes, sizes)) reader.read(piece);
  } catch {
    return { frames, refused: true };
  }
  return { frames, refused: false };
}

const frame: fc.Arbitrary<Frame> = fc.tuple(
  fc.constantFrom(...Object.values(KIND)),
  fc.integer({ min: 0, max: 0xffff_ffff }),
  latin1(60),
  fc
    .oneof(
      anyText(60),
      fc.integer({ min: 100, max: 3_000 }).map((length) => 'x'.repeat(length)),
    )
    .map(utf8Bytes),
);
const encoded = (frames: readonly Frame[]) => frames.map((each) => encodeFrame(...each)).join('');

/** Data has no head, and what follows data of the same request cannot be told from it. */
function comparable(frames: readonly Frame[]): Frame[] {
  const out: Frame[] = [];
  for (const [kind, id, head, body] of frames) {
    const last = out.at(-1);
    if (kind !== KIND.data) out.push([kind, id, head, body]);
    else if (body === '') continue;
    else if (last?.[0] === kind && last[1] === id) last[3] += body;
    else out.push([kind, id, '', body]);
  }
  return out;
}

function comesOutAsItWentIn(frames: Frame[], sizes: Cuts): void {
  deepStrictEqual(read(Buffer.from(encoded(frames), 'latin1'), sizes), { frames: comparable(frames), refused: false });
}

function isARequestOrRefused(head: string, body: string): void {
  let request: ReturnType<typeof readRequest>;
  try {
    request = readRequest(head, Buffer.from(body));
  } catch {
    return;
  }
  const { method, url, headers, whole } = request;
  for (const value of [method, url, ...Object.values(headers)]) deepStrictEqual(typeof value, 'string');
  deepStrictEqual(whole.toString(), body);
}

const text = fc.oneof(latin1(), fc.constantFrom('__proto__', 'Host', 'host'));
/** Now and then something that is no text. */
const part = fc.oneof(
  { weight: 12, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(1, null, {}, ['a']) },
);
const head = fc.oneof(
  fc.json(),
  fc.tuple(part, part, fc.oneof(fc.array(part, { maxLength: 6 }), part)).map((parts) => JSON.stringify(parts)),
);

/** Frames on the connection that calls share (cluster/trunk/frames.ts), and the requests in them (node/trunk/request.ts). */
export const TRUNK_FRAMES: readonly Property[] = [
  pure(
    'trunk frames: come out as they went in, wherever they are cut',
    3_000,
    300,
    fc.property(fc.array(frame, { maxLength: 6 }), cuts, comesOutAsItWentIn),
  ),
  pure(
    'trunk frames: no bytes make the reader see by their cuts',
    3_000,
    300,
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
        fc
          .tuple(fc.array(frame, { maxLength: 4 }), fc.array(frame, { maxLength: 2 }), edits)
          .map(([one, other, changes]) => Buffer.from(edited(encoded(one), encoded(other), changes), 'latin1')),
      ),
      cuts,
      sameInAnyCut(read),
    ),
  ),
  pure(
    'trunk frames: what is taken for a request is one',
    1_500,
    200,
    fc.property(head, anyText(), isARequestOrRefused),
  ),
];
