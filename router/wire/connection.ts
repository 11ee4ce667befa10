import type { Socket } from 'node:net';
import { AnswerReader } from './answer-reader.ts';
import type { WireControl, WireHandler } from './contract.ts';
import { type Prepared, writeRequest } from './request.ts';
import { cutSocket, openSocket } from './sockets.ts';

/** Who keeps the connections. */
export interface ConnectionOwner {
  readonly origin: URL;
  /** Milliseconds that opening one may take. */
  readonly connectTimeout: number;
  /** It has no request any more and can take another one. */
  onFree(connection: Connection): void;
  onClosed(connection: Connection): void;
}

/** One connection to a node, for one request after the other. */
export class Connection {
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #reader: AnswerReader;
  #flight: Flight | undefined;
  #connected = false;
  #error: (Error & { code?: string }) | undefined;
  /** When the node may close it at any moment, by performance.now(). */
  #usableUntil = 0;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
    this.#reader = new AnswerReader({
      onHead: (status, headers) => this.#flight?.head(status, headers),
      onData: (bytes) => this.#flight?.data(bytes),
      onEnd: (reusableFor) => this.#answered(reusableFor),
    });
    this.#socket = openSocket(owner.origin, owner.connectTimeout, (bytes) => this.#read(bytes));
    this.#socket.once(owner.origin.protocol === 'https:' ? 'secureConnect' : 'connect', () => this.#onConnect());
    this.#socket.on('error', (error) => {
      this.#error ??= error;
    });
    this.#socket.on('end', () => {
      this.#reader.finish();
      this.#socket.destroy();
    });
    this.#socket.on('close', () => this.#onClose());
  }

  /** Whether one that is free can take a request at a time of performance.now(). */
  isUsable(now: number): boolean {
    return now < this.#usableUntil && !this.#socket.destroyed;
  }

  /** Sends a request, as soon as the connection is there. Only one that is free may be given one. */
  begin(request: Prepared, handler: WireHandler): void {
    this.#flight = new Flight(this.#socket, request, handler);
    if (this.#connected) this.#send(this.#flight);
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  /** See {@link cutSocket}. */
  cut(): void {
    cutSocket(this.#socket);
  }

  #onConnect(): void {
    this.#connected = true;
    if (this.#flight !== undefined) this.#send(this.#flight);
  }

  #send(flight: Flight): void {
    this.#reader.expect();
    flight.send();
  }

  #read(bytes: Buffer): void {
    try {
      this.#reader.read(bytes);
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  #answered(reusableFor: number): void {
    const flight = this.#flight;
    this.#flight = undefined;
    // A node that answers before it has read the request is not to be understood after that.
    if (reusableFor > 0 && flight?.written === true && !this.#socket.destroyed) {
      this.#usableUntil = performance.now() + reusableFor;
      this.#owner.onFree(this);
    } else this.#socket.destroy();
    flight?.end();
  }

  #onClose(): void {
    const flight = this.#flight;
    this.#flight = undefined;
    this.#owner.onClosed(this);
    flight?.fail(this.#error ?? new Error('other side closed'));
  }
}

/** A request on its connection, from when it is given to it to the end of its answer. */
class Flight implements WireControl {
  readonly #socket: Socket;
  readonly #request: Prepared;
  readonly #handler: WireHandler;
  #started = false;
  #over = false;
  #paused = false;
  /** All of the request has been handed to the socket. */
  written = false;

  constructor(socket: Socket, request: Prepared, handler: WireHandler) {
    this.#socket = socket;
    this.#request = request;
    this.#handler = handler;
  }

  send(): void {
    this.#started = true;
    this.#handler.onRequestStart(this);
    if (this.#over || this.#socket.destroyed) return;
    writeRequest(this.#socket, this.#request, () => {
      this.written = true;
    });
  }

  head(...[status, headers]: [number, Parameters<WireHandler['onResponseStart']>[2]]): void {
    if (!this.#over) this.#handler.onResponseStart(this, status, headers);
  }

  data(bytes: Buffer): void {
    if (!this.#over) this.#handler.onResponseData(this, bytes);
  }

  end(): void {
    if (this.#over) return;
    this.resume();
    this.#over = true;
    this.#handler.onResponseEnd();
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#handler.onResponseError(this.#started ? this : undefined, error);
  }

  abort(error: Error): void {
    if (this.#over) return;
    this.fail(error);
    this.#socket.destroy();
  }

  pause(): void {
    if (this.#over) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (this.#over || !this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }
}
