import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** A request to a node. */
export interface WireRequest {
  method: string;
  /** With the query. */
  path: string;
  /** Names and values in turn, without `host`, and without `content-length` unless the body is a stream. */
  headers: readonly string[];
  /** A stream without a `content-length` among the headers is sent in chunks. */
  body: Buffer | Readable | null;
  /** Whether it may share a connection with others, since its answer is no stream that stays open. False if left out. */
  shared?: boolean;
}

/** What can be done to a request on its way; nothing of it has an effect once the request is over. */
export interface WireControl {
  /** Ends it, and its connection; the handler is told this error, if it has not been told an end before. */
  abort(error: Error): void;
  /** Reads no more of the answer; what has been read already still comes. */
  pause(): void;
  resume(): void;
}

/** Who gets the answer. */
export interface WireHandler {
  /** Before the first byte is written; a request that is aborted now is not sent. */
  onRequestStart(control: WireControl): void;
  /** @param headers names in lower case; those that came several times have several values */
  onResponseStart(control: WireControl, status: number, headers: IncomingHttpHeaders): void;
  /** @param bytes another answer's after this call: whoever keeps them copies them */
  onResponseData(control: WireControl, bytes: Buffer): void;
  onResponseEnd(): void;
  /** No end comes any more. Nothing was sent unless `onRequestStart` was called. */
  onResponseError(control: WireControl | undefined, error: Error & { code?: string }): void;
}
