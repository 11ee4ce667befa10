import type { RequestId } from '../../mcp/jsonrpc.ts';
import { ROUTER_DEFAULTS } from '../config.ts';

/**
 * Requests posted to HTTP+SSE sessions whose streams are open here. Their answers come on the stream, so when its node
 * is lost, the stream must end with an error for each; one that was answered already is an id that the client ignores.
 */
export interface PostedRequests {
  open(session: string): void;
  note(session: string, ids: readonly RequestId[]): void;
  of(session: string): readonly RequestId[];
  close(session: string): void;
}

/** Makes an empty table; it keeps the latest requests of each session. */
export function createPostedRequests(limit: number = ROUTER_DEFAULTS.maxPosted): PostedRequests {
  const sessions = new Map<string, RequestId[]>();
  return {
    open: (session) => void sessions.set(session, []),
    note(session, ids) {
      const posted = sessions.get(session);
      if (posted === undefined) return;
      posted.push(...ids);
      if (posted.length > limit) posted.splice(0, posted.length - limit);
    },
    of: (session) => sessions.get(session) ?? [],
    close: (session) => void sessions.delete(session),
  };
}
