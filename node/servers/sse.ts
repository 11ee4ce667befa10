import type { Logger } from 'pino';
import {
  failure,
  isRequest,
  type JsonRpcMessage,
  type JsonRpcRequest,
  type RequestId,
  request,
} from '../../mcp/jsonrpc.ts';
import type { SseEvent } from '../../mcp/sse.ts';
import type { ServerConfig } from '../../settings/schema.ts';
import type { Channel, Inbox } from './channel.ts';
import { SERVERS } from './config.ts';
import { serverError } from './errors.ts';
import { readEvents, unpackEvent } from './events.ts';
import { createOnce } from './once.ts';
import { rateLimited } from './rate-limit.ts';
import { isSessionNotFound, judge, mayBeOfSession, type Refusal, readRefusal } from './refusal.ts';
import { contentType, isNotConnected, mayHaveArrived, Remote, type RemoteResponse, readBody } from './remote.ts';

/**
 * A remote server over HTTP+SSE (2024-11-05, basic/transports, "HTTP with SSE"): everything the server says comes on
 * one stream, which is also the life of the session.
 */
export class SseChannel implements Channel {
  readonly kind = 'sse';
  onMessage: (message: JsonRpcMessage, related?: RequestId) => void = () => {};
  onClose: (reason: string) => void = () => {};
  readonly #name: string;
  readonly #config: ServerConfig;
  readonly #inbox: Inbox;
  readonly #stop = new AbortController();
  #remote: Remote | undefined;
  #endpoint: URL | undefined;
  #pings = 0;
  readonly #once = createOnce();

  constructor(name: string, config: ServerConfig, context: { log: Logger }) {
    this.#name = name;
    this.#config = config;
    const warn = rateLimited(
      (suppressed, problem: string) => context.log.warn({ problem, suppressed }, 'Message of remote server dropped'),
      SERVERS.warningInterval,
    );
    this.#inbox = { message: (message) => this.onMessage(message), invalid: warn };
  }

  async open(): Promise<void> {
    const remote = new Remote(this.#name, this.#config);
    this.#remote = remote;
    const response = await this.#connect(remote);
    if (response.statusCode >= 300) throw new Error(await remote.refusal(response));
    if (contentType(response) !== 'text/event-stream') {
      await response.body.dump();
      throw new Error(`${remote.shown} answered with '${contentType(response)}' instead of an event stream`);
    }
    await new Promise<void>((resolve, reject) => {
      const onEvent = (event: SseEvent) => {
        if (event.event !== 'endpoint') return unpackEvent(event, this.#inbox);
        try {
          this.#endpoint = endpointOf(event.data, remote);
          resolve();
        } catch (error) {
          reject(error);
        }
      };
      void this.#read(remote, response, onEvent).then((reason) => {
        reject(new Error(reason));
        return this.#end(reason);
      });
    });
  }

  /**
   * A request may be answered on the stream long before its POST is, as some servers do both when the work is done: the POST of a request
   * has no time limit, and what became of one that fails is told from how it failed.
   */
  async send(message: JsonRpcMessage, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const asks = isRequest(message);
    const limit = asks ? [] : [AbortSignal.timeout(SERVERS.noticeTimeout)];
    let response: RemoteResponse;
    try {
      response = await this.#post(message, headers, AbortSignal.any([this.#stop.signal, ...limit]));
    } catch (error) {
      const reason = this.#remote?.explain(error) ?? String(error);
      if (isNotConnected(error)) setImmediate(() => this.#end(reason));
      if (asks && mayHaveArrived(error)) return this.#lost(message, reason);
      throw new Error(reason, { cause: error });
    }
    if (response.statusCode >= 300) return this.#refused(message, response);
    void response.body.dump().catch(() => {});
  }

  initialized(): void {}

  close(): Promise<void> {
    return this.#end(`Server '${this.#name}' was disconnected by the hub`);
  }

  async #connect(remote: Remote): Promise<RemoteResponse> {
    try {
      return await remote.request({
        method: 'GET',
        headers: { accept: 'text/event-stream', 'cache-control': 'no-cache' },
        signal: this.#stop.signal,
      });
    } catch (error) {
      throw new Error(remote.explain(error), { cause: error });
    }
  }

  async #post(
    message: JsonRpcMessage,
    passed: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<RemoteResponse> {
    if (this.#remote === undefined || this.#endpoint === undefined || this.#stop.signal.aborted) {
      throw new Error(`server '${this.#name}' is not connected`);
    }
    return this.#remote.request({
      method: 'POST',
      url: this.#endpoint,
      headers: { ...passed, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify(message),
      signal,
    });
  }

  /** @throws Error for what surely did not run */
  async #refused(message: JsonRpcMessage, response: RemoteResponse): Promise<void> {
    const { statusCode } = response;
    const body = await readBody(response, SERVERS.maxErrorBody).catch(() => '');
    const asks = isRequest(message);
    const reason = (await this.#remote?.refusal(response, body)) ?? '';
    if (await this.#isForgotten(readRefusal(statusCode, body, asks ? message.id : undefined))) {
      setImmediate(() => this.#end(reason));
    }
    if (!asks || statusCode < 500 || statusCode === 503) throw new Error(reason);
    this.#lost(message, reason);
  }

  /** The stream is the session, but the server that takes the messages may have lost it. */
  async #isForgotten(refusal: Refusal): Promise<boolean> {
    if (isSessionNotFound(refusal)) return true;
    if (!mayBeOfSession(refusal)) return false;
    const ping = request(`session-${++this.#pings}`, 'ping');
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(SERVERS.pingTimeout)]);
      const response = await this.#post(ping, {}, signal);
      const body = await readBody(response, SERVERS.maxErrorBody).catch(() => '');
      if (response.statusCode < 300) return false;
      return judge(refusal, readRefusal(response.statusCode, body, ping.id)) !== 'known';
    } catch {
      return false;
    }
  }

  #lost({ id }: JsonRpcRequest, reason: string): void {
    const { code, message, data } = serverError('MCPHUB_SERVER_LOST', { reason });
    this.onMessage(failure(id, code, message, data));
  }

  /** @returns why the stream ended */
  async #read(remote: Remote, response: RemoteResponse, onEvent: (event: SseEvent) => void): Promise<string> {
    try {
      await readEvents(response, { events: 0 }, onEvent);
      return `Server '${this.#name}' at ${remote.shown} ended the event stream`;
    } catch (error) {
      return `Server '${this.#name}' lost its event stream: ${remote.explain(error)}`;
    }
  }

  #end(reason: string): Promise<void> {
    return this.#once(() => this.#disconnect(reason));
  }

  async #disconnect(reason: string): Promise<void> {
    this.#stop.abort();
    this.onClose(reason);
    await this.#remote?.close();
  }
}

/** A foreign origin is refused: the headers of the entry would go there. */
function endpointOf(data: string, remote: Remote): URL {
  const url = URL.canParse(data, remote.url) ? new URL(data, remote.url) : undefined;
  if (url === undefined)
    throw new Error(`${remote.shown} named an endpoint that is no address: '${remote.redact(data).slice(0, 200)}'`);
  if (url.origin === remote.url.origin) return url;
  throw new Error(`${remote.shown} named an endpoint of another origin (${url.origin}), which is refused`);
}
