import type { Socket } from 'node:net';
import { Batch } from '../../cluster/trunk/batch.ts';
import { encodeFrame, FrameReader, KIND, type Kind } from '../../cluster/trunk/frames.ts';
import type { HubResponse, WholeRequest } from '../http/carried.ts';
import { readRequest } from './request.ts';
import { type Carrier, TrunkResponse } from './response.ts';

export type Serve = (request: WholeRequest, response: HubResponse) => void;

/** The node's end of a trunk: many requests of one coordinator at once on one connection. */
export class Trunk implements Carrier {
  readonly batch: Batch;
  readonly #socket: Socket;
  readonly #serve: Serve;
  readonly #open = new Map<number, TrunkResponse>();
  /** Responses that have more to say than the connection takes, in the order in which they may go on. */
  readonly #waiting = new Set<TrunkResponse>();

  /**
   * @param socket that has changed to the protocol, and whose errors are handled
   * @param first what came on it since
   * @param onClosed called once when it is gone
   */
  constructor(socket: Socket, first: Buffer, serve: Serve, onClosed: () => void) {
    this.#socket = socket;
    this.#serve = serve;
    this.batch = new Batch(socket, () => this.#goOn());
    const reader = new FrameReader((...frame) => this.#onFrame(...frame));
    const read = (bytes: Buffer) => {
      try {
        reader.read(bytes);
      } catch (error) {
        socket.destroy(error as Error);
      }
    };
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      onClosed();
      for (const response of [...this.#open.values()]) response.gone();
    });
    socket.on('data', read);
    if (first.length > 0) read(first);
  }

  /** Asks the coordinator for no more requests; it closes the trunk when those that it has are answered. */
  leave(): void {
    this.batch.add(encodeFrame(KIND.leaving, 0));
  }

  /** Ends it with all that it carries. */
  destroy(): void {
    this.batch.flush();
    this.#socket.destroy();
  }

  await(response: TrunkResponse): void {
    this.#waiting.add(response);
  }

  onOver(response: TrunkResponse): void {
    this.#open.delete(response.id);
    this.#waiting.delete(response);
  }

  /** Lets each of those that wait say one frame in turn, as long as the connection takes it. */
  #goOn(): void {
    for (const response of this.#waiting) {
      if (this.batch.full) return;
      this.#waiting.delete(response);
      // Behind the others.
      if (response.go()) this.#waiting.add(response);
    }
  }

  #onFrame(kind: Kind, id: number, head: string, body: Buffer): void {
    if (kind === KIND.request) return this.#begin(id, head, body);
    if (kind === KIND.ping) return this.#pong();
    const response = this.#open.get(id);
    if (kind === KIND.abort) response?.gone();
    else if (kind === KIND.more) response?.more(readCount(head));
  }

  /** A side that does not read gets no answers that would wait for it: what it reads in time is sign of life enough. */
  #pong(): void {
    if (!this.batch.full) this.batch.add(encodeFrame(KIND.ping, 0));
  }

  #begin(id: number, head: string, body: Buffer): void {
    if (this.#open.has(id)) throw new Error('a request on the trunk has the number of another one');
    const request = readRequest(head, body);
    const response = new TrunkResponse(id, request, this);
    this.#open.set(id, response);
    this.#serve(request, response);
  }
}

/** @throws Error when it is no number of bytes */
function readCount(head: string): number {
  const count = Number(head);
  if (!Number.isSafeInteger(count) || count <= 0)
    throw new Error('what comes on the trunk asks for no number of bytes');
  return count;
}
