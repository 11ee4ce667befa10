import type { ClientCapabilities } from '../../mcp/capabilities.ts';
import type { JsonRpcNotification } from '../../mcp/jsonrpc.ts';
import type { LogLevel } from '../../mcp/methods.ts';
import type { Call } from './call.ts';

/** Who asks: the session of a legacy client, or one request of a modern one, which has no session. */
export interface Caller {
  /** What follows `/mcp/` or `/sse/`. */
  readonly target: string;
  /** Stands for whom it belongs to, as coordinators say; empty where nobody has to say who they are. */
  readonly principal: string;
  /** Whom the limits count; see `accountOf`. */
  readonly account: string;
  readonly client: { info: { name: string; version: string }; capabilities: ClientCapabilities } | undefined;
  /** What only a modern request has; absent for sessions. */
  readonly modern: ModernFacts | undefined;
  /** Ties requests to the same process of a server with a process for each client; see `X-MCPHub-State-Id`. */
  readonly stateId: string | undefined;
  /** Stands for the client's roots; see `X-MCPHub-Roots`. Undefined while they are what they were at first. */
  readonly roots: string | undefined;
  /** Undefined: none was asked for. */
  readonly logLevel: LogLevel | undefined;
  /** Whether a log message of this severity is wanted. */
  wantsLog(level: unknown): boolean;
  /** Tells the client something, on the stream of the call that it belongs to if there is one. */
  notify(message: JsonRpcNotification, owner?: Call): void;
}

export interface ModernFacts {
  /** Headers of the HTTP request, names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The request comes from another node, so it is served by servers of this node alone. */
  fromNode: boolean;
}
