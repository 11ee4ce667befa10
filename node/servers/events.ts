import { StringDecoder } from 'node:string_decoder';
import { isFieldValue } from '../../mcp/field-syntax.ts';
import type { RequestId } from '../../mcp/jsonrpc.ts';
import { createSseReader, type SseEvent } from '../../mcp/sse.ts';
import { type Inbox, unpackText } from './channel.ts';
import { SERVERS } from './config.ts';
import { decodedBody } from './decode.ts';
import type { RemoteResponse } from './remote.ts';

/** Where an event stream can be taken up again (2025-11-25, basic/transports, "Resumability and Redelivery"). */
export interface Cursor {
  lastEventId?: string | undefined;
  /** Milliseconds the server asks to wait before a reconnection. */
  retry?: number;
  /** Events since the cursor was made. */
  events: number;
}

/**
 * Reads an event stream to its end and moves the cursor along.
 * @throws whatever broke the stream; RangeError for a message beyond the limit
 */
export async function readEvents(
  response: RemoteResponse,
  cursor: Cursor,
  onEvent: (event: SseEvent) => void,
): Promise<void> {
  const decoder = new StringDecoder('utf8');
  const reader = createSseReader((event) => {
    cursor.events++;
    if (event.id !== undefined) cursor.lastEventId = headerOf(event.id);
    if (event.retry !== undefined) {
      cursor.retry = Math.min(Math.max(event.retry, SERVERS.minStreamDelay), SERVERS.maxStreamDelay);
    }
    onEvent(event);
  }, SERVERS.maxRemoteMessage);
  for await (const chunk of decodedBody(response)) reader.push(decoder.write(chunk));
}

/**
 * The id as the header that asks for what followed it (HTML standard, section 9.2.3: bytes of UTF-8). One that cannot be sent back
 * is as good as none.
 */
function headerOf(id: string): string | undefined {
  if (id === '' || id.length > SERVERS.maxEventId) return undefined;
  const bytes = Buffer.from(id).toString('latin1');
  return isFieldValue(bytes) ? bytes : undefined;
}

/** Hands out the messages of an event; events of other types and empty ones carry none. */
export function unpackEvent(event: SseEvent, inbox: Inbox, related?: RequestId): void {
  if (event.event !== 'message' || event.data === '') return;
  try {
    unpackText(event.data, inbox, related);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    inbox.invalid('not JSON');
  }
}
