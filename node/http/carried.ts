import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** A request that came with its body. */
export interface WholeRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly whole: Buffer;
}

/** A request as the node serves it, whatever carried it here: a connection of its own or a trunk. */
export type HubRequest = IncomingMessage | WholeRequest;

/** Its response: of `ServerResponse` what the node uses, with the same meaning. */
export interface HubResponse {
  readonly req: HubRequest;
  readonly headersSent: boolean;
  /** The other side is gone, or the response is over. */
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  /** Bytes that wait for the other side to read. */
  readonly writableLength: number;
  setHeader(name: string, value: string): unknown;
  writeHead(status: number, headers?: OutgoingHttpHeaders): HubResponse;
  flushHeaders(): void;
  cork(): void;
  uncork(): void;
  write(chunk: string | Buffer): boolean;
  end(chunk?: string | Buffer): unknown;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}
