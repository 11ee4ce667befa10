import type { Logger } from 'pino';
import type { ClientCapabilities } from '../../mcp/capabilities.ts';
import type { JsonRpcErrorObject, JsonRpcNotification, JsonRpcRequest } from '../../mcp/jsonrpc.ts';
import type { ImplementationInfo } from './opening.ts';

export type Outcome = { result: Record<string, unknown> } | { error: JsonRpcErrorObject };

/** Who asked; opaque here. */
export type Owner = object;

export interface RequestOptions {
  /** Who asks; handed back with notifications and server requests that belong to this request. */
  owner?: Owner | undefined;
  /** Set when the client gave a progress token. Called without a token: the caller adds its own. */
  onProgress?: ((params: Record<string, unknown>) => void) | undefined;
  /** The server has begun to tell of what `subscriptions/listen` asks for. */
  onAcknowledged?: (() => void) | undefined;
  /** Aborted: the server is told (reason = signal.reason if it is a string) and the request resolves at once. */
  signal?: AbortSignal | undefined;
  /** Milliseconds without progress; default: that of the connection. */
  timeout?: number | undefined;
  /** Headers of this request alone, where the server is reached over HTTP. */
  headers?: Readonly<Record<string, string>> | undefined;
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
  /** Which protocol is spoken: sessions that `initialize` opens, or 2026-07-28; default legacy. */
  era?: 'legacy' | 'modern';
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
