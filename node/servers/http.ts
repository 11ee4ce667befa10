import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { LAST_EVENT_ID, SESSION_ID } from '../../mcp/headers.ts';
import {
  failure,
  isRequest,
  type JsonRpcFailure,
  type JsonRpcMessage,
  type JsonRpcRequest,
  type RequestId,
} from '../../mcp/jsonrpc.ts';
import type { ServerConfig } from '../../settings/schema.ts';
import { type Channel, type Inbox, unpackText } from './channel.ts';
import { SERVERS } from './config.ts';
import { serverError, textOf } from './errors.ts';
import { type Cursor, readEvents, unpackEvent } from './events.ts';
import type { Exchange } from './exchange.ts';
import { Exchanges } from './exchanges.ts';
import { listen } from './listen.ts';
import { createOnce } from './once.ts';
import { disownsSession, isOfTransport, readRefusal } from './refusal.ts';
import { contentType, isNotConnected, Remote, type RemoteResponse, readBody } from './remote.ts';
import { RemoteSession } from './remote-session.ts';
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
  readonly #session: RemoteSession;
  readonly #once = createOnce();
  /** `initialize` was refused in a way in which no server of this transport refuses it, which may have another one. */
  isOtherTransport = false;

  constructor(name: string, config: ServerConfig, context: { log: Logger }) {
    this.#name = name;
    this.#config = config;
    this.#log = context.log;
    this.#exchanges = new Exchanges(name, context.log, {
      deliver: (message, id) => this.onMessage(message, id),
      failed: (message, id) => void this.#failed(message, id),
    });
    this.#session = new RemoteSession({
      server: name,
      post: (message, signal) => this.#post(this.#connected(), message, signal),
      read: (response, exchange) => this.#read(this.#connected(), response, exchange),
      onMessage: (message) => this.onMessage(message),
      signal: this.#stop.signal,
    });
  }

  async open(): Promise<void> {
    this.#remote = new Remote(this.#name, this.#config);
  }

  async send(message: JsonRpcMessage, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const remote = this.#connected();
    if (isRequest(message)) return this.#sendRequest(remote, message, headers);
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(SERVERS.noticeTimeout)]);
      const response = await this.#post(remote, message, signal);
      if (response.statusCode >= 300) throw new Error(await this.#noticeRefused(remote, response));
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
    this.#session.revision = revision;
  }

  close(): Promise<void> {
    return this.#end(`Server '${this.#name}' was disconnected by the hub`);
  }

  #sendRequest(remote: Remote, message: JsonRpcRequest, passed: Readonly<Record<string, string>>): Promise<void> {
    return this.#exchanges.send(message.id, {
      post: async (signal) => {
        const response = await this.#post(remote, message, signal, passed);
        if (message.method === 'initialize') this.#session.id = sessionIdOf(response);
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
    const headers = { ...passed, ...this.#session.headers, accept: BOTH, 'content-type': 'application/json' };
    return remote.request({ method: 'POST', headers, body: JSON.stringify(message), signal });
  }

  #get(remote: Remote, lastEventId: string | undefined, signal: AbortSignal): Promise<RemoteResponse> {
    const cursor = lastEventId === undefined ? {} : { [LAST_EVENT_ID]: lastEventId };
    return remote.request({ method: 'GET', headers: { ...this.#session.headers, ...cursor, accept: STREAM }, signal });
  }

  #connected(): Remote {
    if (this.#remote !== undefined && !this.#stop.signal.aborted) return this.#remote;
    throw new Error(`server '${this.#name}' is not connected`);
  }

  async #read(remote: Remote, response: RemoteResponse, exchange: Exchange): Promise<void> {
    try {
      const type = contentType(response);
      if (response.statusCode === 202) {
        await response.body.dump();
        // Nothing but initialize comes before the revision, and it is never answered elsewhere.
        if (this.#session.revision === undefined) exchange.unanswered(`${remote.shown} answered 202 to initialize`);
        return;
      }
      if (type === STREAM) return await this.#follow(remote, response, exchange);
      if (type !== 'application/json') {
        await response.body.dump();
        const page = type === 'text/html' ? `: that is a web page; correct mcpServers.${this.#name}.url` : '';
        return exchange.unanswered(
          `${remote.shown} answered with content type '${type}', not JSON or an event stream${page}`,
        );
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
    const { statusCode } = response;
    const body = await readBody(response, SERVERS.maxErrorBody).catch(() => '');
    const refusal = readRefusal(statusCode, body, exchange.id);
    if (this.#session.revision === undefined) this.isOtherTransport = isOfTransport(refusal);
    const verdict = await this.#session.judge(refusal);
    if (verdict !== 'known') this.#forget(statusCode);
    const isAnswer = verdict === 'known' || (verdict === 'gone' && refusal.answers === true);
    if (isAnswer && exchange.refusedBy(body)) return;
    const reason = verdict === 'unknown' ? this.#forgotten(statusCode) : await remote.refusal(response, body);
    if (statusCode < 500 || statusCode === 503) throw new Error(reason);
    exchange.lost(reason);
  }

  /** An error came as the answer of a request: perhaps because the server forgot the session, without a status that says so. */
  async #failed(message: JsonRpcFailure, id: RequestId): Promise<void> {
    const { code, message: text, data } = message.error;
    const own = (data as { code?: unknown } | undefined)?.code === 'MCPHUB_SERVER_NO_ANSWER';
    if (own && this.#session.revision === undefined) this.isOtherTransport = true;
    const refusal = own ? { status: 200 } : { status: 200, code, message: text, answers: true };
    const verdict = await this.#session.judge(refusal);
    if (verdict === 'known' || (verdict === 'gone' && !own)) this.onMessage(message, id);
    else {
      const reason = own ? text : this.#forgotten(200);
      const error = serverError(own ? 'MCPHUB_SERVER_LOST' : 'MCPHUB_SERVER_NOT_REACHED', { reason });
      this.onMessage(failure(id, error.code, error.message, error.data), id);
    }
    if (verdict !== 'known') this.#forget(200);
  }

  async #noticeRefused(remote: Remote, response: RemoteResponse): Promise<string> {
    const { statusCode } = response;
    const body = await readBody(response, SERVERS.maxErrorBody).catch(() => '');
    const verdict = await this.#session.judge(readRefusal(statusCode, body, undefined));
    if (verdict === 'known') return remote.refusal(response, body);
    this.#forget(statusCode);
    return this.#forgotten(statusCode);
  }

  /** Ends the channel, so that the host opens a new session, once the caller has learned what became of its message. */
  #forget(statusCode: number): void {
    setImmediate(() => {
      this.#session.id = undefined;
      void this.#end(this.#forgotten(statusCode));
    });
  }

  #forgotten(statusCode: number): string {
    return `${this.#remote?.shown} no longer knows the session (${statusCode})`;
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
    if (ended.end === 'stopped') return;
    const refused = ended.end === 'refused';
    const reason = refused ? await remote.refusal(ended.response) : remote.explain(ended.error);
    // A session that was opened a moment ago is not forgotten yet: this server has nothing to say outside of answers.
    const fared = refused && !ended.heard ? 'answered' : await this.#session.ping();
    if (signal.aborted) return;
    if (fared === 'failed') return this.#end(reason);
    if (typeof fared === 'object' && disownsSession(fared)) return this.#forget(fared.status);
    this.#log.debug({ reason }, 'Remote server has no event stream outside of answers');
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
    if (this.#session.id !== undefined) {
      const farewell = remote
        .request({ method: 'DELETE', headers: this.#session.headers })
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
