import type { Socket } from 'node:net';
import { Batch } from '../../cluster/trunk/batch.ts';
import {
  encodeFrame,
  FrameReader,
  KIND,
  type Kind,
  MAX_FRAME_BODY,
  type RequestFrameHead,
  WINDOW,
} from '../../cluster/trunk/frames.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import type { WireControl, WireHandler, WireRequest } from './contract.ts';
import { readFrameHead } from './frame-head.ts';

const MAX_ID = 0xffff_ffff;
const PINGS_IN_VAIN = 2;

/** The coordinator's end of a trunk: many requests at once on one connection to a node. */
export class Trunk {
  readonly #socket: Socket;
  readonly #batch: Batch;
  readonly #flights = new Map<number, TrunkFlight>();
  readonly #reader = new FrameReader((...frame) => this.#onFrame(...frame));
  readonly #pinging: NodeJS.Timeout;
  /** Since something came. */
  #pings = 0;
  #lastId = 0;
  #leaving = false;
  #error: Error | undefined;

  /**
   * @param socket that has changed to the protocol; what comes on it is given to {@link read}
   * @param pingInterval milliseconds
   */
  constructor(socket: Socket, pingInterval: number = ROUTER_DEFAULTS.trunkPing) {
    this.#socket = socket;
    this.#batch = new Batch(socket);
    this.#pinging = setInterval(() => this.#ping(), pingInterval).unref();
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('close', () => this.#onClose());
  }

  /** Takes what has come. @param bytes overwritten after the call */
  read(bytes: Buffer): void {
    this.#pings = 0;
    try {
      this.#reader.read(bytes);
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  /** Whether it can take another request now. */
  get usable(): boolean {
    return !this.#leaving && !this.#socket.destroyed && !this.#socket.writableNeedDrain;
  }

  /** It takes no more requests: one of its ends is about to end it. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /** Sends a request whose body is whole, with the next {@link flush}. Only a usable trunk may be given one. */
  begin({ method, path, headers, body }: WireRequest, handler: WireHandler): void {
    const id = this.#nextId();
    const flight = new TrunkFlight(id, handler, this.#batch, () => this.#forget(id));
    this.#flights.set(id, flight);
    handler.onRequestStart(flight);
    if (flight.over) return;
    const head: RequestFrameHead = [method, path, headers];
    const bytes = Buffer.isBuffer(body) ? body.toString('latin1') : '';
    this.#batch.add(encodeFrame(KIND.request, id, JSON.stringify(head), bytes));
  }

  /** Writes at once what has been gathered. */
  flush(): void {
    this.#batch.flush();
  }

  /** Takes no more requests, and ends when those that it has are over. */
  close(): void {
    this.#leaving = true;
    if (this.#flights.size === 0) this.#socket.destroy();
  }

  #nextId(): number {
    do this.#lastId = this.#lastId === MAX_ID ? 1 : this.#lastId + 1;
    while (this.#flights.has(this.#lastId));
    return this.#lastId;
  }

  #onFrame(kind: Kind, id: number, head: string, body: Buffer): void {
    if (kind === KIND.leaving) return this.close();
    // Of one that was aborted here some may still come.
    this.#flights.get(id)?.take(kind, head, body);
  }

  #forget(id: number): void {
    this.#flights.delete(id);
    if (this.#leaving && this.#flights.size === 0) this.#socket.destroy();
  }

  /** A connection may be dead without either end being told: what is behind it would wait for many minutes. */
  #ping(): void {
    if (this.#pings >= PINGS_IN_VAIN) return void this.#socket.destroy(new Error('the node says nothing on the trunk'));
    this.#pings++;
    this.#batch.add(encodeFrame(KIND.ping, 0));
  }

  #onClose(): void {
    clearInterval(this.#pinging);
    const error = this.#error ?? new Error('other side closed');
    for (const flight of [...this.#flights.values()]) flight.fail(error);
  }
}

/** A request on a trunk, to the end of its answer. */
class TrunkFlight implements WireControl {
  readonly #id: number;
  readonly #handler: WireHandler;
  readonly #batch: Batch;
  readonly #onOver: () => void;
  #paused = false;
  #begun = false;
  /** Bytes of the body that are yet to come, as far as its head tells. */
  #left = 0;
  /** Bytes of the body since the node was asked for more. */
  #passed = 0;
  over = false;

  constructor(id: number, handler: WireHandler, batch: Batch, onOver: () => void) {
    this.#id = id;
    this.#handler = handler;
    this.#batch = batch;
    this.#onOver = onOver;
  }

  /** What is no answer, or none that could be passed on, is the end of this request alone. */
  take(kind: Kind, head: string, body: Buffer): void {
    if (kind === KIND.abort) return this.fail(new Error('other side closed'));
    try {
      this.#read(kind, head, body);
    } catch (error) {
      this.abort(error as Error);
    }
  }

  #read(kind: Kind, head: string, body: Buffer): void {
    if (kind === KIND.head || kind === KIND.whole) this.#begin(head);
    else if (kind !== KIND.data && kind !== KIND.end) throw new Error('it sent what is no part of an answer');
    if (!this.#begun) throw new Error('its answer has no head');
    if (body.length > 0 && !this.over) this.#pass(body);
    if (kind === KIND.whole || kind === KIND.end) this.#end();
  }

  #begin(text: string): void {
    if (this.#begun) throw new Error('its answer begins a second time');
    const { status, headers, length } = readFrameHead(text);
    this.#begun = true;
    this.#left = length ?? Number.POSITIVE_INFINITY;
    this.#handler.onResponseStart(this, status, headers);
  }

  #pass(body: Buffer): void {
    this.#left -= body.length;
    if (this.#left < 0) throw new Error('its answer is longer than it says');
    this.#passed += body.length;
    if (this.#passed > WINDOW + MAX_FRAME_BODY) throw new Error('it sent more than it was asked for');
    this.#handler.onResponseData(this, body);
    this.#askForMore();
  }

  fail(error: Error): void {
    if (this.over) return;
    this.#leave();
    this.#handler.onResponseError(this, error);
  }

  abort(error: Error): void {
    if (this.over) return;
    this.#batch.add(encodeFrame(KIND.abort, this.#id));
    this.fail(error);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#askForMore();
  }

  /** The node sends no more than a window of what has not been passed on, so that no slow client fills our memory. */
  #askForMore(): void {
    if (this.over || this.#paused || this.#passed < WINDOW / 2) return;
    this.#batch.add(encodeFrame(KIND.more, this.#id, String(this.#passed)));
    this.#passed = 0;
  }

  #end(): void {
    if (this.over) return;
    if (this.#left > 0 && this.#left !== Number.POSITIVE_INFINITY)
      throw new Error('its answer is shorter than it says');
    this.#leave();
    this.#handler.onResponseEnd();
  }

  #leave(): void {
    this.over = true;
    this.#onOver();
  }
}
