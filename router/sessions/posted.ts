import { idKey, type RequestId } from '../../mcp/jsonrpc.ts';
import { ROUTER_DEFAULTS } from '../config.ts';

/**
 * Requests posted to HTTP+SSE sessions whose streams are open here. Their answers come on the stream, so when its node
 * is lost, each gets an error on it. Nodes that do not tell what they have answered leave ids behind, which clients ignore.
 */
export interface PostedRequests {
  open(session: string): void;
  note(session: string, ids: readonly RequestId[]): void;
  answered(session: string, id: RequestId): void;
  of(session: string): readonly RequestId[];
  /** Calls back once, as soon as no request of the session waits for an answer. */
  whenNone(session: string, callback: () => void): void;
  close(session: string): void;
}

interface Waiting {
  ids: RequestId[];
  onNone: (() => void) | undefined;
}

/** Makes an empty table; it keeps the latest requests of each session. */
export function createPostedRequests(limit: number = ROUTER_DEFAULTS.maxPosted): PostedRequests {
  const sessions = new Map<string, Waiting>();
  return {
    open: (session) => void sessions.set(session, { ids: [], onNone: undefined }),
    note(session, ids) {
      const waiting = sessions.get(session);
      if (waiting === undefined) return;
      waiting.ids = waiting.ids.concat(ids).slice(-limit);
    },
    answered(session, id) {
      const waiting = sessions.get(session);
      if (waiting === undefined) return;
      waiting.ids = waiting.ids.filter((other) => idKey(other) !== idKey(id));
      if (waiting.ids.length === 0) waiting.onNone?.();
    },
    of: (session) => sessions.get(session)?.ids ?? [],
    whenNone(session, callback) {
      const waiting = sessions.get(session);
      if (waiting === undefined || waiting.ids.length === 0) callback();
      else waiting.onNone = callback;
    },
    close: (session) => void sessions.delete(session),
  };
}
