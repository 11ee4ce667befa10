import { PROTOCOL_VERSION, SESSION_ID } from '../../mcp/headers.ts';
import {
  isFailure,
  isResponse,
  type JsonRpcMessage,
  type JsonRpcRequest,
  type JsonRpcResponse,
  request,
} from '../../mcp/jsonrpc.ts';
import { SERVERS } from './config.ts';
import { Exchange } from './exchange.ts';
import { isSessionNotFound, judge, mayBeOfSession, type Refusal, readRefusal, type Verdict } from './refusal.ts';
import { type RemoteResponse, readBody } from './remote.ts';

interface RemoteSessionOptions {
  /** The server's name in the settings. */
  server: string;
  post(message: JsonRpcRequest, signal: AbortSignal): Promise<RemoteResponse>;
  /** Reads an answer to its end; never rejects. */
  read(response: RemoteResponse, exchange: Exchange): Promise<void>;
  /** What came along with the answer to a request of the session's own. */
  onMessage(message: JsonRpcMessage): void;
  signal: AbortSignal;
}

/** How a `ping` fared: answered, refused, not answered in time, or not carried to the server and back. */
type Ping = 'answered' | 'silent' | 'failed' | Refusal;

/** The session that a server of Streamable HTTP keeps for us (2025-11-25, basic/transports, "Session Management"). */
export class RemoteSession {
  /** Undefined for servers that give none. */
  id: string | undefined;
  /** Set once the server is initialized. */
  revision: string | undefined;
  readonly #options: RemoteSessionOptions;
  #pings = 0;

  constructor(options: RemoteSessionOptions) {
    this.#options = options;
  }

  get headers(): Record<string, string> {
    return {
      ...(this.id === undefined ? {} : { [SESSION_ID]: this.id }),
      ...(this.revision === undefined ? {} : { [PROTOCOL_VERSION]: this.revision }),
    };
  }

  /** Finds out whether the server still knows a session that it refused something of. */
  async judge(refusal: Refusal): Promise<Verdict> {
    if (this.id !== undefined && isSessionNotFound(refusal)) return 'unknown';
    if (this.revision === undefined || !mayBeOfSession(refusal)) return 'known';
    const ping = await this.ping();
    return judge(refusal, typeof ping === 'string' ? undefined : ping);
  }

  /** Asks whether the server knows the session; never rejects. */
  async ping(): Promise<Ping> {
    const { server, post, read, onMessage, signal } = this.#options;
    const message = request(`session-${++this.#pings}`, 'ping');
    const { promise, resolve } = Promise.withResolvers<JsonRpcResponse>();
    const settle = (answer: JsonRpcMessage) => (isResponse(answer) ? resolve(answer) : onMessage(answer));
    const exchange = new Exchange(message.id, { server, deliver: settle, failed: resolve, warn: () => {} });
    const late = AbortSignal.any([signal, AbortSignal.timeout(SERVERS.pingTimeout)]);
    late.addEventListener('abort', () => exchange.abort(), { once: true });
    try {
      const response = await post(message, late);
      if (response.statusCode >= 300) {
        const body = await readBody(response, SERVERS.maxErrorBody).catch(() => '');
        return readRefusal(response.statusCode, body, message.id);
      }
      void read(response, exchange);
      return await Promise.race([promise.then((answer) => fared(response.statusCode, answer)), silence(late)]);
    } catch {
      return late.aborted ? 'silent' : 'failed';
    } finally {
      exchange.abort();
    }
  }
}

function fared(status: number, answer: JsonRpcResponse): Ping {
  if (!isFailure(answer)) return 'answered';
  const own = (answer.error.data as { code?: unknown } | undefined)?.code;
  if (own === 'MCPHUB_SERVER_LOST') return 'failed';
  return own === undefined ? { status, code: answer.error.code, message: answer.error.message } : { status };
}

function silence(signal: AbortSignal): Promise<'silent'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('silent');
    signal.addEventListener('abort', () => resolve('silent'), { once: true });
  });
}
