import type { RpcReply } from '../support/clients.ts';
import type { CallError } from './ledger.ts';

/** A call that failed in a way that its client library does not tell. */
export class CallFailed extends Error {
  readonly why: CallError;

  constructor(why: CallError) {
    super(why.detail);
    this.why = why;
  }
}

/** What a client library threw, sorted. */
export function callErrorOf(thrown: unknown): CallError {
  if (thrown instanceof CallFailed) return thrown.why;
  const detail = describe(thrown);
  const code = codeIn(detail);
  const node = /"node":"([^"]+)"/.exec(detail)?.[1];
  if (code === 'MCPHUB_NODE_LOST') return { kind: 'node-lost', detail, node };
  if (code === 'MCPHUB_SESSION_NOT_FOUND' || detail.includes('Session not found'))
    return { kind: 'session-gone', detail };
  if (code === undefined && NETWORK.test(detail)) return { kind: 'network', detail };
  return { kind: 'refused', detail };
}

/** What a reply without a right answer says, sorted. */
export function replyErrorOf({ status, body, text }: RpcReply): CallError {
  if (body?.error !== undefined) return callErrorOf(new Error(`${status} ${JSON.stringify(body.error)}`));
  if (status === 200) return { kind: 'unanswered', detail: `the answer ended with: ${text.slice(-300)}` };
  return callErrorOf(new Error(`${status} ${text}`));
}

const NETWORK =
  /fetch failed|terminated|other side closed|socket hang up|ECONNRESET|ECONNREFUSED|EPIPE|UND_ERR_(SOCKET|CLOSED|CONNECT)/;

function codeIn(detail: string): string | undefined {
  return /"code":"(MCPHUB_\w+)"/.exec(detail)?.[1];
}

/** Its message and its data, and those of what caused it. */
function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { code, data } = thrown as { code?: unknown; data?: unknown };
  const parts = [
    thrown.message,
    typeof code === 'string' ? code : '',
    data === undefined ? '' : JSON.stringify(data),
    thrown.cause === undefined ? '' : `(${describe(thrown.cause)})`,
  ];
  return parts.filter(Boolean).join(' ').slice(0, 1_000);
}
