import { createBoundary } from '../../cluster/boundary.ts';
import type { ClientCapabilities } from '../../mcp/capabilities.ts';
import { INTERNAL_ERROR, METHOD_NOT_FOUND } from '../../mcp/errors.ts';
import {
  failure,
  isFailure,
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
import { claimedRevision, META, metaOf, withEnvelope, withoutEnvelope } from '../../mcp/modern.ts';
import { FIRST_MODERN_REVISION } from '../../mcp/revisions.ts';
import type { Channel } from './channel.ts';
import { SERVERS } from './config.ts';
import type { ConnectionOptions, Outcome, Owner, RequestOptions } from './contract.ts';
import { discover, EraUnknownError, readDiscovery } from './discover.ts';
import { serverError, textOf } from './errors.ts';
import { initialize } from './initialize.ts';
import type { ServerFacts } from './opening.ts';
import { PendingRequests } from './pending.ts';
import { rateLimited } from './rate-limit.ts';

export type { ClientCapabilities } from '../../mcp/capabilities.ts';
export type { ConnectionHandlers, ConnectionOptions, Outcome, Owner, RequestOptions } from './contract.ts';

const INITIALIZE = ['initialize', initialize] as const;
const DISCOVER = ['server/discover', discover] as const;

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
    const boundary = createBoundary(options.log ?? { error: () => undefined });
    this.#pending = new PendingRequests(
      boundary('time limit of a request', (id, { method, timeout }) => this.#expire(id, method, timeout)),
      SERVERS.sweepInterval,
    );
    this.#unknownAnswer = rateLimited(
      (suppressed, id) => options.log?.debug({ id, suppressed }, 'Answer to no pending request ignored'),
      SERVERS.warningInterval,
    );
    channel.onMessage = boundary('message of a server', (message, related) => this.#receive(message, related));
    channel.onClose = boundary('end of a server', (reason) => this.#lost(reason));
  }

  /**
   * Opens the channel and initializes the server (2025-11-25, basic/lifecycle, "Initialization"), or asks a modern one what it is.
   * @throws Error with a sentence for the user; the channel is closed then
   */
  static async open(channel: Channel, options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(channel, options);
    try {
      const introduction = {
        name: options.name ?? 'the server',
        clientInfo: options.clientInfo,
        capabilities: options.capabilities,
        timeout: options.startTimeout ?? options.timeout,
      };
      const [method, open] = connection.era === 'modern' ? DISCOVER : INITIALIZE;
      connection.#server = await open(
        channel,
        (params, timeout) => connection.#ask(method, params, { timeout }),
        introduction,
      );
      connection.#state = 'open';
      if (connection.era === 'legacy') {
        channel.initialized(connection.#server.protocolVersion);
        await channel.send(notification('notifications/initialized'));
      }
      return connection;
    } catch (error) {
      connection.#state = 'closing';
      await channel.close();
      if (connection.#reason === '' || error instanceof EraUnknownError) throw error;
      throw new Error(connection.#reason, { cause: error });
    }
  }

  get era(): 'legacy' | 'modern' {
    return this.#options.era ?? 'legacy';
  }

  get kind(): Channel['kind'] {
    return this.#channel.kind;
  }

  /** What the server said in `initialize`, or in its answer to `server/discover`. */
  get server(): ServerFacts {
    return this.#server;
  }

  /** Requests without an answer. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** Asks a modern server again what it is; one that does not answer stays what it was. */
  async rediscover(): Promise<void> {
    const outcome = await this.request('server/discover', {});
    if ('result' in outcome) this.#server = readDiscovery(this.#options.name ?? '', outcome.result);
  }

  /** Resolves when no request waits for an answer. */
  whenIdle(): Promise<void> {
    return this.#pending.whenEmpty();
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
    if (this.#state === 'open') this.#post(notification(method, withoutEnvelope(params)));
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
        onAcknowledged: options.onAcknowledged,
        resolve,
        signal,
        onAbort: signal === undefined ? undefined : () => this.#cancel(id, signal.reason),
        timeout,
        resetOnProgress: this.#options.resetTimeoutOnProgress ?? true,
        lastDeadline: now + (this.#options.maxTotalTimeout ?? Number.POSITIVE_INFINITY),
        deadline: now + Math.min(timeout, this.#options.maxTotalTimeout ?? timeout),
      });
      this.#channel
        .send(request(id, method, withToken(this.#enveloped(params), id, onProgress !== undefined)), options.headers)
        .catch((error: unknown) => {
          this.#pending.settle(id, { error: serverError('MCPHUB_SERVER_NOT_REACHED', { reason: textOf(error) }) });
        });
    });
  }

  /** Older revisions have no envelope. In the newer one, requests of the hub itself say who asks; those of clients do so already. */
  #enveloped(params: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
    if (this.era === 'legacy') return withoutEnvelope(params);
    if (claimedRevision(params) !== undefined) return params;
    const { clientInfo, capabilities } = this.#options;
    return withEnvelope(params, { revision: FIRST_MODERN_REVISION, capabilities, clientInfo, logLevel: undefined });
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

  #receive(message: JsonRpcMessage, related: RequestId | undefined): void | Promise<void> {
    if (!('method' in message)) return this.#answer(message);
    if ('id' in message) return this.#serve(message, related);
    try {
      this.#notified(message, related);
    } catch (error) {
      // A fault in whoever listens must not take the reader of the channel down.
      this.#options.log?.error({ err: error, method: message.method }, 'Notification could not be handled');
    }
  }

  #answer(message: JsonRpcResponse): void {
    const outcome: Outcome = isFailure(message)
      ? { error: message.error }
      : { result: this.era === 'legacy' ? withoutEnvelope(message.result) : message.result };
    if (message.id === null || !this.#pending.settle(message.id, outcome)) this.#unknownAnswer(message.id);
  }

  #notified(message: JsonRpcNotification, related: RequestId | undefined): void {
    if (message.method === 'notifications/subscriptions/acknowledged') {
      this.#pending.find(metaOf(message.params)[META.subscriptionId])?.onAcknowledged?.();
      return;
    }
    // Whose subscription or request of this hop it belongs to says nothing to anybody else.
    const own = withoutEnvelope(message.params);
    if (message.method !== 'notifications/progress') {
      const heard = own === message.params ? message : { ...message, params: own };
      this.#options.handlers.onNotification(heard, this.#owners(related));
      return;
    }
    const { progressToken, ...params } = own ?? {};
    const pending = this.#pending.find(progressToken);
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
      const question = { ...message, params: withoutEnvelope(message.params) };
      const outcome = await this.#options.handlers.onRequest(question, this.#owners(related));
      const answer = 'result' in outcome ? { result: withoutEnvelope(outcome.result) } : outcome;
      this.#post({ jsonrpc: '2.0', id: message.id, ...answer });
    } catch (error) {
      this.#post(failure(message.id, INTERNAL_ERROR, textOf(error)));
    }
  }

  /** Passes a notification on as if the server had sent it: it may have, while nobody listened. */
  presume(message: JsonRpcNotification, owners: Owner[]): void {
    this.#options.handlers.onNotification(message, owners);
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
