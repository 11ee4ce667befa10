import { createIdScanner } from '../../mcp/id-scanner.ts';
import { JsonBoundsError, parseMessage } from '../../mcp/json.ts';
import { isId, isMessage, type JsonRpcMessage, messageProblem, type RequestId } from '../../mcp/jsonrpc.ts';

/** One bidirectional carrier of JSON-RPC messages to one MCP server. */
export interface Channel {
  readonly kind: 'stdio' | 'http' | 'sse';
  /**
   * For each message of the server; `related` = id of our request on whose HTTP response stream it came, where the
   * transport tells. Set before open().
   */
  onMessage: (message: JsonRpcMessage, related?: RequestId) => void;
  /** Once, when the channel is gone for good, also after close(); reason is a sentence. Set before open(). */
  onClose: (reason: string) => void;
  /** Starts the process or reaches the remote server. Rejects with a sentence that says what to correct. */
  open(): Promise<void>;
  /**
   * Resolves when the message was handed over; rejects when it surely did not reach the server.
   * @param headers of this message alone, where the transport has headers
   */
  send(message: JsonRpcMessage, headers?: Readonly<Record<string, string>>): Promise<void>;
  /**
   * After initialize succeeded: http sends the revision header from now on, and opens its GET stream once
   * `notifications/initialized` is delivered.
   */
  initialized(revision: string): void;
  /** What speaks for the silence of a server that does not answer, as the end of a sentence; empty when nothing does. */
  remark?(): string;
  /** Ends the process or the remote session; resolves when nothing of it is left. Safe to call again. */
  close(): Promise<void>;
}

/** What the messages of a parsed body or line are handed to. */
export interface Inbox {
  message(message: JsonRpcMessage, related?: RequestId): void;
  /** JSON that is no JSON-RPC message; `id` is set when it looks like an answer to a request of ours. */
  invalid(problem: string, id?: RequestId): void;
}

/**
 * Hands out the messages of one JSON text. Arrays count as several messages: servers of 2025-03-26 may batch
 * (basic, "Batching").
 * @throws SyntaxError when it is not JSON
 */
export function unpackText(text: string, inbox: Inbox, related?: RequestId): void {
  let value: unknown;
  try {
    value = parseMessage(text);
  } catch (error) {
    if (error instanceof JsonBoundsError) return refuse(text, error.message, inbox);
    throw error;
  }
  for (const item of Array.isArray(value) ? value : [value]) unpackOne(item, inbox, related);
}

/** Whoever waits for an answer that is not read is to hear of that. */
function refuse(text: string, problem: string, inbox: Inbox): void {
  const ids = createIdScanner();
  ids.push(Buffer.from(text));
  inbox.invalid(problem, ids.answered[0]);
}

function unpackOne(value: unknown, inbox: Inbox, related: RequestId | undefined): void {
  if (isMessage(value)) return inbox.message(value, related);
  if (typeof value !== 'object' || value === null) return inbox.invalid('not a JSON-RPC message');
  const { id, method } = value as { id?: unknown; method?: unknown };
  inbox.invalid(
    `not a valid JSON-RPC 2.0 message: ${messageProblem(value)}`,
    method === undefined && isId(id) ? id : undefined,
  );
}
