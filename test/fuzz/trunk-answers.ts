import { ok } from 'node:assert';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { encodeFrame, KIND, type Kind, utf8Bytes } from '../../cluster/trunk/frames.ts';
import type { WireHandler } from '../../router/wire/contract.ts';
import { Trunk } from '../../router/wire/trunk.ts';
import { type Cuts, cuts, inPieces } from './arbitrary/cuts.ts';
import { edited, edits } from './arbitrary/edits.ts';
import { frameHead } from './arbitrary/member.ts';
import { anyText } from './arbitrary/texts.ts';
import { type Property, pure } from './property.ts';

/** Checks the order of what it is told, and that all of it could be passed on. */
class Witness implements WireHandler {
  #state: 'new' | 'begun' | 'over' = 'new';
  #left = Number.POSITIVE_INFINITY;

  get over(): boolean {
    return this.#state === 'over';
  }

  onRequestStart(): void {}

  onResponseStart(...[, status, headers]: Parameters<WireHandler['onResponseStart']>): void {
    ok(this.#state === 'new', 'a second beginning');
    this.#state = 'begun';
    ok(Number.isInteger(status) && status >= 200 && status <= 599, `status ${status}`);
    for (const name in headers) {
      validateHeaderName(name);
      ok(name === name.toLowerCase());
      for (const value of [headers[name]].flat()) validateHeaderValue(name, String(value));
    }
    if (headers['content-length'] !== undefined) this.#left = Number(headers['content-length']);
    ok(this.#left >= 0);
  }

  onResponseData(...[, bytes]: Parameters<WireHandler['onResponseData']>): void {
    ok(this.#state === 'begun', 'a body without a head, or after its end');
    this.#left -= bytes.length;
    ok(this.#left >= 0, 'more than its head says');
  }

  onResponseEnd(): void {
    ok(this.#state === 'begun', 'an end without a beginning');
    this.#state = 'over';
  }

  onResponseError(): void {
    ok(this.#state !== 'over', 'an end after the end');
    this.#state = 'over';
  }
}

function sink(): Socket {
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  socket.on('error', () => undefined);
  return socket as unknown as Socket;
}

/** A fault of a witness must not be kept to the request, as a fault of ours would be. */
function isToldInOrder(bytes: string, sizes: Cuts): void {
  const socket = sink();
  const trunk = new Trunk(socket);
  const faults: unknown[] = [];
  const witnesses = [1, 2, 3].map(() => watched(new Witness(), faults));
  const request = { method: 'POST', path: '/x', headers: [], body: null, shared: true };
  for (const witness of witnesses) trunk.begin(request, witness);
  for (const piece of inPieces(Buffer.from(bytes, 'latin1'), sizes)) trunk.read(piece);
  socket.destroy();
  socket.emit('close');
  if (faults.length > 0) throw faults[0];
  ok(
    witnesses.every(({ over }) => over),
    'a request was not told its end',
  );
}

function watched(witness: Witness, faults: unknown[]): Witness {
  for (const name of ['onResponseStart', 'onResponseData', 'onResponseEnd', 'onResponseError'] as const) {
    const told = witness[name].bind(witness) as (...args: unknown[]) => void;
    Object.defineProperty(witness, name, {
      value: (...args: unknown[]) => {
        try {
          told(...args);
        } catch (error) {
          faults.push(error);
        }
      },
    });
  }
  return witness;
}

const kind = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Kind>(KIND.head, KIND.whole, KIND.data, KIND.end) },
  { weight: 1, arbitrary: fc.constantFrom<Kind>(...Object.values(KIND)) },
);
const frames = fc
  .array(fc.tuple(kind, fc.integer({ min: 0, max: 4 }), frameHead, anyText(12)), { minLength: 1, maxLength: 8 })
  .map((all) =>
    all
      .map(([of, id, head, body]) => {
        const hasHead = of === KIND.head || of === KIND.whole;
        return encodeFrame(of, id, hasHead ? utf8Bytes(head) : '', utf8Bytes(body));
      })
      .join(''),
  );

/** Answers of nodes on the connection that calls share (router/wire/trunk.ts, frame-head.ts). */
export const TRUNK_ANSWERS: readonly Property[] = [
  pure(
    'trunk answers: each request is told one answer that can be passed on, or its failure',
    8_000,
    400,
    fc.property(frames, cuts, isToldInOrder),
  ),
  pure(
    'trunk answers: the same, whatever becomes of the bytes',
    4_000,
    200,
    fc.property(
      fc.tuple(frames, frames, edits).map(([one, other, changes]) => edited(one, other, changes)),
      cuts,
      isToldInOrder,
    ),
  ),
];
