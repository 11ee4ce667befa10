import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { LAST_EVENT_ID, PROTOCOL_VERSION, SESSION_ID } from '../../mcp/headers.ts';
import { isRequest, type JsonRpcMessage, type JsonRpcRequest, type RequestId } from '../../mcp/jsonrpc.ts';
import type { ServerConfig } from '../../settings/schema.ts';
import { type Channel, type Inbox, unpackText } from './channel.ts';
import { SERVERS } from './config.ts';
import { textOf } from './errors.ts';
import { type Cursor, readEvents, unpackEvent } from './events.ts';
import type { Exchange } from './exchange.ts';
import { Exchanges } from './exchanges.ts';
import { listen } from './listen.ts';
import { createOnce } from './once.ts';
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
  readonly #exchanges: Exchanges;
  readonly #stop = new AbortController();
  #remote: Remote | undefined;
  #sessionId: string | undefined;
  #revision: string | undefined;
  readonly #once = createOnce();

  constructor(name: string, config: ServerConfig, context: { log: Logger }) {
    this.#name = name;
    this.#config = config;
    this.#log = context.log;
    this.#exchanges = new Exchanges(name, context.log, (message, id) => this.onMessage(message, id));
  }

  async open(): Promise<void> {
    this.#remote = new Remote(this.#name, this.#config);
  }

  async send(message: JsonRpcMessage, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const remote = this.#remote;
    if (remote === undefined || this.#stop.signal.aborted) throw new Error(`server '${this.#name}' is not connected`);
    if (isRequest(message)) return this.#sendRequest(remote, message, headers);
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(SERVERS.noticeTimeout)]);
      const response = await this.#post(remote, message, signal);
      if (response.statusCode >= 300) throw new Error(await this.#refused(remote, response));
      await response.body.dump();
      // Not earlier: a server may refuse the stream of a session that is not initialized.
      if (isInitialized(message)) this.#listen(remote).catch((error) => this.#end(textOf(error)));
    } catch (error) {
      throw this.#notSent(remote, error);
    } finally {
      this.#exchanges.dropCancelled(message);
    }
  }

  initialized(revision: string): void {
    this.#revision = revision;
  }

  close(): Promise<void> {
    return this.#end(`Server '${this.#name}' was disconnected by the hub`);
  }

  #sendRequest(remote: Remote, message: JsonRpcRequest, passed: Readonly<Record<string, string>>): Promise<void> {
    return this.#exchanges.send(message.id, {
      post: async (signal) => {
        const response = await this.#post(remote, message, signal, passed);
        if (message.method === 'initialize') this.#sessionId = sessionIdOf(response);
        return response;
      },
      refused: (response, exchange) => this.#requestRefused(remote, response, exchange),
      read: (response, exchange) => this.#read(remote, response, exchange),
      explain: (error) => remote.explain(error),
      notSent: (error) => this.#notSent(remote, error),
    });
  }

  #post(
    remote: Remote,
    message: JsonRpcMessage,
    signal: AbortSignal,
    passed: Readonly<Record<string, string>> = {},
  ): Promise<RemoteResponse> {
    const headers = { ...passed, ...this.#sessionHeaders(), accept: BOTH, 'content-type': 'application/json' };
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
        return exchange.unanswered(`${remote.shown} answered with content type '${type}', not JSON or an event stream`);
      }
      unpackText(await readBody(response, SERVERS.maxRemoteMessage), exchange);
      exchange.unanswered(`${remote.shown} answered without a response to the request`);
    } catch (error) {
      if (error instanceof SyntaxError) exchange.unanswered(`${remote.shown} answered with invalid JSON`);
      else exchange.lost(remote.explain(error));
      if (isNotConnected(error)) void this.#end(remote.explain(error));
    }
  }

  /**
   * Reads the stream of a request. One that ends with ids and no answer goes on at a GET: after the time that the
   * server asks when it closed the stream (SEP-1699, polling), at once when the stream broke.
   */
  async #follow(remote: Remote, first: RemoteResponse, exchange: Exchange): Promise<void> {
    const cursor: Cursor = { events: 0 };
    let broken = await this.#readStream(first, cursor, exchange);
    for (let idle = 0; idle < SERVERS.streamAttempts && !exchange.done && cursor.lastEventId !== undefined; idle++) {
      const delay = broken && idle === 0 ? 0 : (cursor.retry ?? SERVERS.streamDelay);
      await sleep(delay, undefined, { signal: exchange.signal, ref: false });
      const before = cursor.events;
      const response = await this.#get(remote, cursor.lastEventId, exchange.signal);
      broken = await this.#readStream(response, cursor, exchange);
      if (cursor.events > before) idle = -1;
    }
    exchange.lost(`${remote.shown} ended the event stream without an answer`);
  }

  /** @returns whether the stream broke, as opposed to being closed by the server */
  async #readStream(response: RemoteResponse, cursor: Cursor, exchange: Exchange): Promise<boolean> {
    if (response.statusCode !== 200 || contentType(response) !== STREAM) {
      await response.body.dump();
      return false;
    }
    try {
      await readEvents(response, cursor, (event) => unpackEvent(event, exchange));
      return false;
    } catch (error) {
      if (error instanceof RangeError) exchange.unanswered(`${this.#remote?.shown} sent too much: ${error.message}`);
      return true;
    }
  }

  async #requestRefused(remote: Remote, response: RemoteResponse, exchange: Exchange): Promise<void> {
    if (response.statusCode === 404 && this.#sessionId !== undefined) {
      throw new Error(await this.#refused(remote, response));
    }
    const body = await readBody(response, SERVERS.maxErrorBody).catch(() => '');
    if (exchange.refusedBy(body)) return;
    const reason = await remote.refusal(response, body);
    if (response.statusCode < 500 || response.statusCode === 503) throw new Error(reason);
    exchange.lost(reason);
  }

  /** A sentence; a session that the server forgot ends the channel, so that the host opens a new one. */
  async #refused(remote: Remote, response: RemoteResponse): Promise<string> {
    if (response.statusCode !== 404 || this.#sessionId === undefined) return remote.refusal(response);
    await response.body.dump().catch(() => {});
    const reason = `${remote.shown} no longer knows the session (404)`;
    // After the caller has learned that this very request did not run.
    setImmediate(() => {
      this.#sessionId = undefined;
      void this.#end(reason);
    });
    return reason;
  }

  #notSent(remote: Remote, error: unknown): Error {
    const reason = remote.explain(error);
    if (isNotConnected(error)) setImmediate(() => this.#end(reason));
    return new Error(reason, { cause: error });
  }

  async #listen(remote: Remote): Promise<void> {
    const { signal } = this.#stop;
    const inbox: Inbox = { message: (message) => this.onMessage(message), invalid: this.#exchanges.warn };
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
    return this.#once(() => this.#disconnect(reason));
  }

  async #disconnect(reason: string): Promise<void> {
    this.#stop.abort();
    this.#exchanges.abortAll();
    this.onClose(reason);
    const remote = this.#remote;
    if (remote === undefined) return;
    if (this.#sessionId !== undefined) {
      const farewell = remote
        .request({ method: 'DELETE', headers: this.#sessionHeaders() })
        .then(({ body }) => body.dump());
      await settlesWithin(
        farewell.catch(() => {}),
        SERVERS.farewellTimeout,
      );
    }
    await remote.close();
  }
}

function isInitialized(message: JsonRpcMessage): boolean {
  return 'method' in message && message.method === 'notifications/initialized';
}

function sessionIdOf(response: RemoteResponse): string | undefined {
  const value = response.headers[SESSION_ID];
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}
