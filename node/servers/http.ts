import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { LAST_EVENT_ID, PROTOCOL_VERSION, SESSION_ID } from '../../mcp/headers.ts';
import { isRequest, type JsonRpcMessage, type RequestId } from '../../mcp/jsonrpc.ts';
import type { ServerConfig } from '../../settings/schema.ts';
import { type Channel, unpack } from './channel.ts';
import { SERVERS } from './config.ts';
import { textOf } from './errors.ts';
import { type Cursor, readEvents, unpackEvent } from './events.ts';
import { Exchange } from './exchange.ts';
import { listen } from './listen.ts';
import { contentType, isNotConnected, Remote, type RemoteResponse, readBody } from './remote.ts';
import { settlesWithin } from './within.ts';

const BOTH = 'application/json, text/event-stream';
const STREAM = 'text/event-stream';

/** A remote server over Streamable HTTP (2025-11-25, basic/transports, "Streamable HTTP"). */
export class HttpChannel implements Channel {
  readonly kind = 'http';
  onMessage: (message: JsonRpcMessage, related?: RequestId) => void = () => {};
  onClose: (reason: string) => void = () => {};
  readonly #name: string;
  readonly #config: ServerConfig;
  readonly #log: Logger;
  readonly #exchanges = new Map<RequestId, Exchange>();
  readonly #stop = new AbortController();
  #remote: Remote | undefined;
  #sessionId: string | undefined;
  #revision: string | undefined;
  #ended: Promise<void> | undefined;

  constructor(name: string, config: ServerConfig, context: { log: Logger }) {
    this.#name = name;
    this.#config = config;
    this.#log = context.log;
  }

  async open(): Promise<void> {
    this.#remote = new Remote(this.#name, this.#config);
  }

  async send(message: JsonRpcMessage): Promise<void> {
    const remote = this.#remote;
    if (remote === undefined || this.#stop.signal.aborted) throw new Error(`server '${this.#name}' is not connected`);
    if (isRequest(message)) return this.#sendRequest(remote, message);
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(SERVERS.noticeTimeout)]);
      const response = await this.#post(remote, message, signal);
      if (response.statusCode >= 300) throw new Error(await this.#refused(remote, response));
      await response.body.dump();
    } catch (error) {
      throw this.#notSent(remote, error);
    } finally {
      this.#dropCancelled(message);
    }
  }

  initialized(revision: string): void {
    this.#revision = revision;
    const remote = this.#remote;
    if (remote !== undefined) this.#listen(remote).catch((error) => this.#end(textOf(error)));
  }

  close(): Promise<void> {
    return this.#end(`Server '${this.#name}' was disconnected by the hub`);
  }

  async #sendRequest(remote: Remote, message: JsonRpcMessage & { id: RequestId; method: string }): Promise<void> {
    const exchange = new Exchange(message.id, this.#name, this.#log, (inbound, id) => this.onMessage(inbound, id));
    this.#exchanges.set(message.id, exchange);
    try {
      const response = await this.#post(remote, message, exchange.signal);
      if (message.method === 'initialize') this.#sessionId = sessionIdOf(response);
      if (response.statusCode >= 300) return await this.#requestRefused(remote, response, exchange);
      // The answer is read on: whoever sends waits for the hand-over only.
      void this.#read(remote, response, exchange).finally(() => this.#exchanges.delete(message.id));
    } catch (error) {
      this.#exchanges.delete(message.id);
      if (isNotConnected(error) || !exchange.handedOver) throw this.#notSent(remote, error);
      exchange.lost(remote.explain(error));
    }
  }

  #post(remote: Remote, message: JsonRpcMessage, signal: AbortSignal): Promise<RemoteResponse> {
    const headers = { ...this.#sessionHeaders(), accept: BOTH, 'content-type': 'application/json' };
    return remote.request({ method: 'POST', headers, body: JSON.stringify(message), signal });
  }

  #get(remote: Remote, lastEventId: string | undefined, signal: AbortSignal): Promise<RemoteResponse> {
    const cursor = lastEventId === undefined ? {} : { [LAST_EVENT_ID]: lastEventId };
    return remote.request({ method: 'GET', headers: { ...this.#sessionHeaders(), ...cursor, accept: STREAM }, signal });
  }

  #sessionHeaders(): Record<string, string> {
    return {
      ...(this.#sessionId === undefined ? {} : { [SESSION_ID]: this.#sessionId }),
      ...(this.#revision === undefined ? {} : { [PROTOCOL_VERSION]: this.#revision }),
    };
  }

  async #read(remote: Remote, response: RemoteResponse, exchange: Exchange): Promise<void> {
    try {
      const type = contentType(response);
      if (response.statusCode === 202) return await response.body.dump();
      if (type === STREAM) return await this.#follow(remote, response, exchange);
      if (type !== 'application/json') {
        await response.body.dump();
        return exchange.fail(`${remote.shown} answered with content type '${type}', not JSON or an event stream`);
      }
      unpack(JSON.parse(await readBody(response, SERVERS.maxRemoteMessage)), exchange);
      exchange.fail(`${remote.shown} answered without a response to the request`);
    } catch (error) {
      if (error instanceof SyntaxError) exchange.fail(`${remote.shown} answered with invalid JSON`);
      else exchange.lost(remote.explain(error));
    }
  }

  /** Reads the stream of a request; one that ends with ids and no answer goes on at a GET (SEP-1699, polling). */
  async #follow(remote: Remote, first: RemoteResponse, exchange: Exchange): Promise<void> {
    const cursor: Cursor = { events: 0 };
    let response: RemoteResponse | undefined = first;
    for (let idle = 0; idle < SERVERS.streamAttempts; idle++) {
      const before = cursor.events;
      if (response !== undefined) await this.#readStream(response, cursor, exchange);
      if (exchange.done) return;
      if (cursor.lastEventId === undefined) break;
      if (cursor.events > before) idle = 0;
      await sleep(cursor.retry ?? SERVERS.streamDelay, undefined, { signal: exchange.signal, ref: false });
      response = await this.#get(remote, cursor.lastEventId, exchange.signal).catch(() => undefined);
    }
    exchange.lost(`${remote.shown} ended the event stream without an answer`);
  }

  async #readStream(response: RemoteResponse, cursor: Cursor, exchange: Exchange): Promise<void> {
    if (response.statusCode !== 200 || contentType(response) !== STREAM) return response.body.dump();
    try {
      await readEvents(response, cursor, (event) => unpackEvent(event, exchange));
    } catch (error) {
      if (error instanceof RangeError) exchange.fail(`${this.#remote?.shown} sent too much: ${error.message}`);
    }
  }

  async #requestRefused(remote: Remote, response: RemoteResponse, exchange: Exchange): Promise<void> {
    this.#exchanges.delete(exchange.id);
    if (response.statusCode === 404 && this.#sessionId !== undefined) {
      throw new Error(await this.#refused(remote, response));
    }
    if (contentType(response) === 'application/json') {
      const body = await readBody(response, SERVERS.maxErrorBody).catch(() => '');
      exchange.acceptError(body);
      return exchange.fail(`${remote.shown} answered ${response.statusCode}${body === '' ? '' : `: ${body.slice(0, 200)}`}`);
    }
    throw new Error(await this.#refused(remote, response));
  }

  /** A sentence; a session that the server forgot ends the channel, so that the host opens a new one. */
  async #refused(remote: Remote, response: RemoteResponse): Promise<string> {
    if (response.statusCode !== 404 || this.#sessionId === undefined) return remote.refusal(response);
    await response.body.dump().catch(() => {});
    const reason = `${remote.shown} no longer knows the session (404)`;
    // After the caller has learned that this very request did not run.
    setImmediate(() => this.#end(reason));
    return reason;
  }

  #notSent(remote: Remote, error: unknown): Error {
    const reason = remote.explain(error);
    if (isNotConnected(error)) setImmediate(() => this.#end(reason));
    return new Error(reason, { cause: error });
  }

  /** The server does not answer a cancelled request, and would leave its stream open. */
  #dropCancelled(message: JsonRpcMessage): void {
    if (!('method' in message) || message.method !== 'notifications/cancelled') return;
    const id = message.params?.requestId as RequestId;
    this.#exchanges.get(id)?.abort();
    this.#exchanges.delete(id);
  }

  async #listen(remote: Remote): Promise<void> {
    const { signal } = this.#stop;
    const inbox = new Exchange(-1, this.#name, this.#log, (message) => this.onMessage(message));
    const ended = await listen({
      get: (lastEventId) => this.#get(remote, lastEventId, signal),
      onEvent: (event) => unpackEvent(event, inbox),
      signal,
    });
    if (ended.end === 'unreachable') return this.#end(remote.explain(ended.error));
    if (ended.end === 'stopped') return;
    // 405: this server has nothing to say outside of answers (basic/transports).
    const { statusCode } = ended.response;
    const reason = await this.#refused(remote, ended.response);
    if (statusCode !== 405) this.#log.debug({ reason }, 'Remote server refused the event stream');
  }

  #end(reason: string): Promise<void> {
    this.#ended ??= this.#disconnect(reason);
    return this.#ended;
  }

  async #disconnect(reason: string): Promise<void> {
    this.#stop.abort();
    for (const exchange of this.#exchanges.values()) exchange.abort();
    this.#exchanges.clear();
    this.onClose(reason);
    const remote = this.#remote;
    if (remote === undefined) return;
    if (this.#sessionId !== undefined) {
      const farewell = remote.request({ method: 'DELETE', headers: this.#sessionHeaders() }).then(({ body }) => body.dump());
      await settlesWithin(farewell.catch(() => {}), SERVERS.farewellTimeout);
    }
    await remote.close();
  }
}

function sessionIdOf(response: RemoteResponse): string | undefined {
  const value = response.headers[SESSION_ID];
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}
