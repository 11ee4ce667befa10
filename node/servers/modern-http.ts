import type { Logger } from 'pino';
import { encodeHeaderValue } from '../../mcp/header-value.ts';
import { MCP_METHOD, MCP_NAME, PROTOCOL_VERSION } from '../../mcp/headers.ts';
import { isRequest, type JsonRpcMessage, type JsonRpcRequest, type RequestId } from '../../mcp/jsonrpc.ts';
import { claimedRevision, mcpName } from '../../mcp/modern.ts';
import { type Channel, unpackText } from './channel.ts';
import { SERVERS } from './config.ts';
import { readEvents, unpackEvent } from './events.ts';
import type { Exchange } from './exchange.ts';
import { Exchanges } from './exchanges.ts';
import { createOnce } from './once.ts';
import { contentType, isNotConnected, type Remote, type RemoteResponse, readBody } from './remote.ts';

/** What a channel needs of the address that it speaks to. */
export type Wire = Pick<Remote, 'request' | 'refusal' | 'explain' | 'close' | 'shown'>;

/**
 * A server that speaks 2026-07-28 over Streamable HTTP: each request is a POST of its own, and closing its response cancels it
 * (basic/transports/streamable-http).
 */
export class ModernHttpChannel implements Channel {
  readonly kind = 'http';
  onMessage: (message: JsonRpcMessage, related?: RequestId) => void = () => {};
  onClose: (reason: string) => void = () => {};
  readonly #name: string;
  readonly #connect: () => Wire;
  /** Whether a refused connection ends the channel, so that its owner opens another one later. */
  readonly #endsWhenRefused: boolean;
  readonly #exchanges: Exchanges;
  readonly #once = createOnce();
  #wire: Wire | undefined;
  #over = false;

  constructor(name: string, connect: () => Wire, context: { log: Logger; endsWhenRefused: boolean }) {
    this.#name = name;
    this.#connect = connect;
    this.#endsWhenRefused = context.endsWhenRefused;
    this.#exchanges = new Exchanges(name, context.log, { deliver: (message, id) => this.onMessage(message, id) });
  }

  async open(): Promise<void> {
    this.#wire = this.#connect();
  }

  async send(message: JsonRpcMessage, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const wire = this.#wire;
    if (wire === undefined || this.#over) throw new Error(`server '${this.#name}' is not connected`);
    if (isRequest(message)) return this.#request(wire, message, headers);
    // Nothing else is ever sent to a modern server over HTTP: closing its response cancels a request.
    this.#exchanges.dropCancelled(message);
  }

  initialized(): void {}

  close(): Promise<void> {
    return this.#end(`Server '${this.#name}' was disconnected by the hub`);
  }

  #request(wire: Wire, message: JsonRpcRequest, headers: Readonly<Record<string, string>>): Promise<void> {
    return this.#exchanges.send(message.id, {
      post: (signal) =>
        wire.request({
          method: 'POST',
          headers: { ...headers, ...standardHeaders(message) },
          body: JSON.stringify(message),
          signal,
        }),
      refused: (response, exchange) => this.#refused(wire, response, exchange),
      read: (response, exchange) => this.#read(wire, response, exchange),
      explain: (error) => wire.explain(error),
      notSent: (error) => this.#notSent(wire, error),
    });
  }

  #notSent(wire: Wire, error: unknown): Error {
    const reason = wire.explain(error);
    if (this.#endsWhenRefused && isNotConnected(error)) setImmediate(() => this.#end(reason));
    return new Error(reason, { cause: error });
  }

  async #read(wire: Wire, response: RemoteResponse, exchange: Exchange): Promise<void> {
    try {
      if (contentType(response) === 'text/event-stream') {
        await readEvents(response, { events: 0 }, (event) => unpackEvent(event, exchange));
        return exchange.lost(`${wire.shown} ended the event stream without an answer`);
      }
      unpackText(await readBody(response, SERVERS.maxRemoteMessage), exchange);
      exchange.unanswered(`${wire.shown} answered without a response to the request`);
    } catch (error) {
      if (error instanceof SyntaxError) exchange.unanswered(`${wire.shown} answered with invalid JSON`);
      else exchange.lost(wire.explain(error));
    }
  }

  /** 401, 403, 429 and 5xx say nothing of the protocol; other statuses without a JSON-RPC error are no modern answer. */
  async #refused(wire: Wire, response: RemoteResponse, exchange: Exchange): Promise<void> {
    const body = await readBody(response, SERVERS.maxErrorBody).catch(() => '');
    if (exchange.refusedBy(body)) return;
    const reason = await wire.refusal(response, body);
    const { statusCode } = response;
    if (statusCode < 400 || statusCode === 401 || statusCode === 403 || statusCode === 429 || statusCode === 503)
      throw new Error(reason);
    if (statusCode >= 500) exchange.lost(reason);
    else exchange.unanswered(reason);
  }

  #end(reason: string): Promise<void> {
    return this.#once(async () => {
      this.#over = true;
      this.#exchanges.abortAll();
      this.onClose(reason);
      await this.#wire?.close();
    });
  }
}

function standardHeaders({ method, params }: JsonRpcRequest): Record<string, string> {
  const name = mcpName(method, params);
  return {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    [PROTOCOL_VERSION]: String(claimedRevision(params)),
    [MCP_METHOD]: method,
    ...(name === undefined ? {} : { [MCP_NAME]: encodeHeaderValue(name) }),
  };
}
