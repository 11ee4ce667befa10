import type { Dispatcher } from 'undici';
import type { Connection, Lane } from './connection.ts';
import { errorOfAnswer, errorOfConnection } from './errors.ts';

export interface KubeRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  path: string;
  accept?: string;
  contentType?: string;
  body?: string;
  lane?: Lane;
}

/** Told of each answer: for metrics. `code` is `<error>` without one. */
export type RequestObserver = (request: { code: string; method: string; host: string }) => void;

export interface RequesterOptions {
  connection: Connection;
  server: string;
  userAgent: string;
  onRequest?: RequestObserver | undefined;
}

/** Sends a request; resolves with an answer of success, whose body the caller reads. Rejects with a KubeError. */
export type Requester = (request: KubeRequest, signal: AbortSignal) => Promise<Dispatcher.ResponseData>;

/** Sends a request and reads the whole answer, JSON, within a time limit. */
export type Call = (request: KubeRequest, signal?: AbortSignal) => Promise<unknown>;

/** What does no harm twice: our patches are merges and applies. */
const REPEATABLE = new Set(['GET', 'PATCH', 'DELETE']);

/** Errors of a connection that was closed while the request was on its way. */
const STALE = new Set(['UND_ERR_SOCKET', 'UND_ERR_INFO', 'ECONNRESET', 'EPIPE', 'ERR_HTTP2_INVALID_SESSION']);

/** A requester that renews refused credentials, falls back to HTTP/1.1, and sends again on a new connection what may be repeated. */
export function createRequester({ connection, server, userAgent, onRequest }: RequesterOptions): Requester {
  const { origin, host, pathname } = new URL(server);
  const prefix = pathname.replace(/\/$/, '');

  async function send(request: KubeRequest, signal: AbortSignal, fresh: boolean): Promise<Dispatcher.ResponseData> {
    const { dispatcher, headers } = await connection.open(request.lane ?? 'call', fresh);
    let code: string | undefined = '<error>';
    try {
      const answer = await dispatcher.request({
        origin,
        method: request.method,
        path: prefix + request.path,
        body: request.body ?? null,
        signal,
        headers: {
          ...headers,
          accept: request.accept ?? 'application/json',
          'user-agent': userAgent,
          ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
        },
      });
      code = String(answer.statusCode);
      return answer;
    } catch (error) {
      if (signal.aborted || !connection.useHttp1(error)) throw error;
      code = undefined;
      return await send(request, signal, fresh);
    } finally {
      if (code !== undefined) onRequest?.({ code, method: request.method, host });
    }
  }

  async function sendPatiently(request: KubeRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    try {
      const answer = await send(request, signal, false);
      if (answer.statusCode !== 401) return answer;
      await answer.body.dump();
      return await send(request, signal, true);
    } catch (error) {
      if (!REPEATABLE.has(request.method) || signal.aborted || !isStale(error)) throw error;
      return send(request, signal, false);
    }
  }

  return async (request, signal) => {
    const what = `${request.method} ${request.path.split('?')[0]}`;
    try {
      const answer = await sendPatiently(request, signal);
      if (answer.statusCode >= 200 && answer.statusCode < 300) return answer;
      const retryAfter = answer.headers['retry-after'];
      throw errorOfAnswer(what, answer.statusCode, await answer.body.text(), one(retryAfter));
    } catch (error) {
      throw errorOfConnection(what, error);
    }
  };
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function isStale(error: unknown): boolean {
  return error instanceof Error && 'code' in error && STALE.has(String(error.code));
}
