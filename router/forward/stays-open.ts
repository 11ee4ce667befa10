import type { IncomingMessage } from 'node:http';
import type { Route } from '../edge/classify.ts';
import type { RequestHead } from '../edge/head.ts';

/** A request as its head tells it. */
export interface HeadOfRequest {
  req: Pick<IncomingMessage, 'method'>;
  head: Pick<RequestHead, 'mcpMethod'>;
  route: Pick<Route, 'era'>;
}

/** Whether the answer is a stream that tells what changes until somebody ends it, and not the answer to a call. */
export function staysOpen({ req, head, route }: HeadOfRequest): boolean {
  return req.method === 'GET' || (route.era === 'modern' && head.mcpMethod === 'subscriptions/listen');
}

/**
 * Whether a client asks so which revisions are served. It takes a status of 5xx for the end, and 429 for a server of an older
 * revision, so it gets neither: that there is no node now is told as a JSON-RPC error.
 */
export function isProbe({ head, route }: Omit<HeadOfRequest, 'req'>): boolean {
  return route.era === 'modern' && head.mcpMethod === 'server/discover';
}

/** Whether a status must not reach a probe. */
export function misleads(status: number): boolean {
  return status >= 500 || status === 429;
}
