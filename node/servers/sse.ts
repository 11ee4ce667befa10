import type { Logger } from 'pino';
import type { JsonRpcMessage, RequestId } from '../../mcp/jsonrpc.ts';
import type { SseEvent } from '../../mcp/sse.ts';
import type { ServerConfig } from '../../settings/schema.ts';
import type { Channel, Inbox } from './channel.ts';
import { SERVERS } from './config.ts';
import { readEvents, unpackEvent } from './events.ts';
import { createOnce } from './once.ts';
import { rateLimited } from './rate-limit.ts';
import { contentType, isNotConnected, Remote, type RemoteResponse } from './remote.ts';

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

  async send(message: JsonRpcMessage, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const remote = this.#remote;
    const url = this.#endpoint;
    if (remote === undefined || url === undefined || this.#stop.signal.aborted) {
      throw new Error(`server '${this.#name}' is not connected`);
    }
    const response = await this.#post(remote, url, JSON.stringify(message), headers);
    if (response.statusCode < 300) return response.body.dump();
    const reason = await remote.refusal(response);
    if (response.statusCode === 404) setImmediate(() => this.#end(reason));
    throw new Error(reason);
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
    remote: Remote,
    url: URL,
    body: string,
    passed: Readonly<Record<string, string>>,
  ): Promise<RemoteResponse> {
    try {
      return await remote.request({
        method: 'POST',
        url,
        headers: { ...passed, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body,
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(SERVERS.noticeTimeout)]),
      });
    } catch (error) {
      const reason = remote.explain(error);
      if (isNotConnected(error)) setImmediate(() => this.#end(reason));
      throw new Error(reason, { cause: error });
    }
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
    throw new Error(`${remote.shown} named an endpoint that is no address: '${data.slice(0, 200)}'`);
  if (url.origin === remote.url.origin) return url;
  throw new Error(`${remote.shown} named an endpoint of another origin (${url.origin}), which is refused`);
}
