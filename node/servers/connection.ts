import type { Logger } from 'pino';
import type { ClientCapabilities } from '../../cluster/inner-id.ts';
import { INTERNAL_ERROR, METHOD_NOT_FOUND } from '../../mcp/errors.ts';
import {
  failure,
  isFailure,
  type JsonRpcErrorObject,
  type JsonRpcMessage,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type JsonRpcResponse,
  notification,
  type RequestId,
  request,
  result,
} from '../../mcp/jsonrpc.ts';
import { CLIENT_METHODS } from '../../mcp/methods.ts';
import type { Channel } from './channel.ts';
import { SERVERS } from './config.ts';
import { serverError, textOf } from './errors.ts';
import { type ImplementationInfo, initialize, type ServerFacts } from './initialize.ts';
import { PendingRequests } from './pending.ts';
import { rateLimited } from './rate-limit.ts';

export type { ClientCapabilities } from '../../cluster/inner-id.ts';

export type Outcome = { result: Record<string, unknown> } | { error: JsonRpcErrorObject };

/** Who asked; opaque here. */
export type Owner = object;

export interface RequestOptions {
  /** Who asks; handed back with notifications and server requests that belong to this request. */
  owner?: Owner | undefined;
  /** Set when the client gave a progress token. Called without a token: the caller adds its own. */
  onProgress?: ((params: Record<string, unknown>) => void) | undefined;
  /** Aborted: the server is told (reason = signal.reason if it is a string) and the request resolves at once. */
  signal?: AbortSignal | undefined;
  /** Milliseconds without progress; default: that of the connection. */
  timeout?: number | undefined;
}

export interface ConnectionHandlers {
  /** owners = whom the notification may concern: exactly one when the transport tells, else all that wait. */
  onNotification(notification: JsonRpcNotification, owners: Owner[]): void;
  /** A request of the server, except `ping` and those for which no capability was declared. */
  onRequest(request: JsonRpcRequest, owners: Owner[]): Promise<Outcome>;
  /** The connection was lost; not called after close(). */
  onClose(reason: string): void;
}

export interface ConnectionOptions {
  clientInfo: ImplementationInfo;
  capabilities: ClientCapabilities;
  /** Milliseconds a request may go without progress. */
  timeout: number;
  handlers: ConnectionHandlers;
  /** The server's name, for messages. */
  name?: string;
  /** Milliseconds for channel and `initialize` together. */
  startTimeout?: number;
  /** Whether progress restarts the time-out; default true. */
  resetTimeoutOnProgress?: boolean | undefined;
  /** Milliseconds a request may take however much progress it reports. */
  maxTotalTimeout?: number | undefined;
  log?: Logger;
}

/**
 * JSON-RPC over a channel: own ids, pending requests, progress tokens, cancellation, time-outs. Many callers share
 * one connection, so no id or token of theirs ever reaches the server.
 */
export class Connection {
  readonly #channel: Channel;
  readonly #options: ConnectionOptions;
  readonly #pending: PendingRequests;
  readonly #unknownAnswer: (id: RequestId | null) => void;
  #server: ServerFacts = { protocolVersion: '', capabilities: {}, serverInfo: { name: '', version: '' } };
  #state: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  #reason = '';
  #lastId = 0;

  private constructor(channel: Channel, options: ConnectionOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#pending = new PendingRequests(
      (id, { method, timeout }) => this.#expire(id, method, timeout),
      SERVERS.sweepInterval,
    );
    this.#unknownAnswer = rateLimited(
      (suppressed, id) => options.log?.debug({ id, suppressed }, 'Answer to no pending request ignored'),
      SERVERS.warningInterval,
    );
    channel.onMessage = (message, related) => this.#receive(message, related);
    channel.onClose = (reason) => this.#lost(reason);
  }

  /**
   * Opens the channel and initializes the server (2025-11-25, basic/lifecycle, "Initialization").
   * @throws Error with a sentence for the user; the channel is closed then
   */
  static async open(channel: Channel, options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(channel, options);
    try {
      connection.#server = await initialize(
        channel,
        (params, timeout) => connection.#ask('initialize', params, { timeout }),
        {
          name: options.name ?? 'the server',
          clientInfo: options.clientInfo,
          capabilities: options.capabilities,
          timeout: options.startTimeout ?? options.timeout,
        },
      );
      connection.#state = 'open';
      channel.initialized(connection.#server.protocolVersion);
      await channel.send(notification('notifications/initialized'));
      return connection;
    } catch (error) {
      connection.#state = 'closing';
      await channel.close();
      throw connection.#reason === '' ? error : new Error(connection.#reason, { cause: error });
    }
  }

  /** What the server said in `initialize`. */
  get server(): ServerFacts {
    return this.#server;
  }

  /** Requests without an answer. */
  get inFlight(): number {
    return this.#pending.size;
  }

  get closed(): boolean {
    return this.#state === 'closed' || this.#state === 'closing';
  }

  /** Never rejects: a lost connection, a time-out and a cancellation are error outcomes. */
  request(method: string, params: Record<string, unknown> | undefined, options?: RequestOptions): Promise<Outcome> {
    if (this.closed)
      return Promise.resolve({ error: serverError('MCPHUB_SERVER_NOT_REACHED', { reason: this.#reason }) });
    return this.#ask(method, params, options ?? {});
  }

  notify(method: string, params?: Record<string, unknown>): void {
    if (this.#state === 'open') this.#post(notification(method, params));
  }

  /** Ends the channel; pending requests get an error outcome. */
  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#reason = `${this.#name} was stopped by the hub`;
      this.#pending.settleAll({ error: serverError('MCPHUB_SERVER_LOST', { reason: this.#reason }) });
    }
    await this.#channel.close();
  }

  get #name(): string {
    return this.#options.name === undefined ? 'The server' : `Server '${this.#options.name}'`;
  }

  #ask(method: string, params: Record<string, unknown> | undefined, options: RequestOptions): Promise<Outcome> {
    const { signal, onProgress } = options;
    if (signal?.aborted) return Promise.resolve({ error: serverError('MCPHUB_SERVER_CANCELLED') });
    const id = ++this.#lastId;
    const timeout = options.timeout ?? this.#options.timeout;
    const now = performance.now();
    return new Promise((resolve) => {
      this.#pending.add(id, {
        method,
        owner: options.owner,
        onProgress,
        resolve,
        signal,
        onAbort: signal === undefined ? undefined : () => this.#cancel(id, signal.reason),
        timeout,
        resetOnProgress: this.#options.resetTimeoutOnProgress ?? true,
        lastDeadline: now + (this.#options.maxTotalTimeout ?? Number.POSITIVE_INFINITY),
        deadline: now + Math.min(timeout, this.#options.maxTotalTimeout ?? timeout),
      });
      this.#channel
        .send(request(id, method, withToken(params, id, onProgress !== undefined)))
        .catch((error: unknown) => {
          this.#pending.settle(id, { error: serverError('MCPHUB_SERVER_NOT_REACHED', { reason: textOf(error) }) });
        });
    });
  }

  /** A client's cancellation (2025-11-25, basic/utilities/cancellation). */
  #cancel(id: number, reason: unknown): void {
    if (!this.#pending.settle(id, { error: serverError('MCPHUB_SERVER_CANCELLED') })) return;
    const params = typeof reason === 'string' ? { requestId: id, reason } : { requestId: id };
    this.#post(notification('notifications/cancelled', params));
  }

  #expire(id: number, method: string, timeout: number): void {
    const fields = { server: this.#options.name ?? '', method, seconds: timeout / 1000 };
    this.#pending.settle(id, { error: serverError('MCPHUB_SERVER_TIMEOUT', fields) });
    // `initialize` must not be cancelled (basic/utilities/cancellation, "Behavior Requirements").
    if (method === 'initialize') return;
    this.#post(notification('notifications/cancelled', { requestId: id, reason: 'The request timed out' }));
  }

  #receive(message: JsonRpcMessage, related: RequestId | undefined): void {
    if (!('method' in message)) return this.#answer(message);
    if ('id' in message) return void this.#serve(message, related);
    try {
      this.#notified(message, related);
    } catch (error) {
      // A fault in whoever listens must not take the reader of the channel down.
      this.#options.log?.error({ err: error, method: message.method }, 'Notification could not be handled');
    }
  }

  #answer(message: JsonRpcResponse): void {
    const outcome: Outcome = isFailure(message) ? { error: message.error } : { result: message.result };
    if (message.id === null || !this.#pending.settle(message.id, outcome)) this.#unknownAnswer(message.id);
  }

  #notified(message: JsonRpcNotification, related: RequestId | undefined): void {
    if (message.method !== 'notifications/progress') {
      this.#options.handlers.onNotification(message, this.#owners(related));
      return;
    }
    const { progressToken, ...params } = message.params ?? {};
    const pending = this.#pending.find(progressToken as RequestId);
    if (pending?.onProgress === undefined) return;
    this.#pending.progressed(pending);
    pending.onProgress(params);
  }

  async #serve(message: JsonRpcRequest, related: RequestId | undefined): Promise<void> {
    if (message.method === 'ping') return this.#post(result(message.id, {}));
    const capability = (CLIENT_METHODS as Record<string, keyof ClientCapabilities>)[message.method];
    if (capability !== undefined && this.#options.capabilities[capability] === undefined) {
      const text = `Method not found: the client has no capability ${capability}`;
      return this.#post(failure(message.id, METHOD_NOT_FOUND, text));
    }
    try {
      const outcome = await this.#options.handlers.onRequest(message, this.#owners(related));
      this.#post({ jsonrpc: '2.0', id: message.id, ...outcome });
    } catch (error) {
      this.#post(failure(message.id, INTERNAL_ERROR, textOf(error)));
    }
  }

  #owners(related: RequestId | undefined): Owner[] {
    if (related === undefined) return this.#pending.owners();
    const owner = this.#pending.find(related)?.owner;
    return owner === undefined ? [] : [owner];
  }

  /** For what nobody waits for: a failure shows at the next request or as the end of the channel. */
  #post(message: JsonRpcMessage): void {
    if (this.closed) return;
    this.#channel.send(message).catch((error: unknown) => {
      this.#options.log?.debug({ reason: textOf(error) }, 'Message to the server was not delivered');
    });
  }

  #lost(reason: string): void {
    const wasOpen = this.#state === 'open';
    if (this.#state !== 'closing') this.#reason = reason;
    this.#state = 'closed';
    this.#pending.settleAll({ error: serverError('MCPHUB_SERVER_LOST', { reason }) });
    if (wasOpen) this.#options.handlers.onClose(reason);
  }
}

/** The caller's token is replaced by ours or taken out: tokens are unique across all requests of a connection. */
function withToken(
  params: Record<string, unknown> | undefined,
  id: number,
  wanted: boolean,
): Record<string, unknown> | undefined {
  const meta = params?._meta as Record<string, unknown> | undefined;
  if (wanted) return { ...params, _meta: { ...meta, progressToken: id } };
  if (meta?.progressToken === undefined) return params;
  const { progressToken: _, ...rest } = meta;
  return { ...params, _meta: rest };
}
