/** Server-sent events, as far as MCP uses them (HTML standard, section 9.2). */

export interface SseEvent {
  /** `message` when the stream names none. */
  event: string;
  data: string;
  id?: string;
  /** Reconnection time in milliseconds. */
  retry?: number;
}

/** A comment that keeps intermediaries and clients from giving up on a silent stream. */
export const KEEP_ALIVE = ': ka\n\n';

/** Begin comments with the id of a request, as JSON: it was posted to an HTTP+SSE session; it was answered on its stream. */
export const POSTED_COMMENT = ': posted ';
export const ANSWERED_COMMENT = ': answered ';

/** One event as it goes on the wire. `data` may span lines; `event` is left out for the default `message`. */
export function encodeEvent(data: string, event?: string): string {
  const head = event === undefined || event === 'message' ? '' : `event: ${event}\n`;
  if (!/[\r\n]/.test(data)) return `${head}data: ${data}\n\n`;
  return `${head}${data
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join('')}\n`;
}

/** Whether a chunk ends where an event ends, so that a comment may follow it without splitting an event. */
export function endsAtBoundary(chunk: Uint8Array): boolean {
  const last = chunk[chunk.length - 1];
  const before = chunk[chunk.length - 2];
  if (last === 0x0a) return before === 0x0a || (before === 0x0d && chunk[chunk.length - 3] === 0x0a);
  return last === 0x0d && before === 0x0d;
}

/**
 * An incremental reader of an event stream: feed it text in any cut, it calls back once per complete event.
 * Events without data are dropped, as the standard asks; an unfinished event at the end of the stream too.
 * @param onEvent called in order, synchronously from `push`
 * @param maxEventLength longest event in UTF-16 units; `push` throws a RangeError beyond it
 */
export function createSseReader(onEvent: (event: SseEvent) => void, maxEventLength = Number.POSITIVE_INFINITY) {
  /** The unfinished line. It is only appended to, never searched, so that a long line costs linear time. */
  let rest = '';
  /** The last line ended in \r, perhaps as the first half of \r\n. */
  let afterCarriageReturn = false;
  /** A byte order mark at the start is not part of the stream. */
  let begun = false;
  /** Length of the finished lines of the unfinished event. */
  let eventLength = 0;
  let fields: { event?: string; data: string[]; id?: string; retry?: number } = { data: [] };

  function dispatch(): void {
    const { event, data, id, retry } = fields;
    fields = { data: [] };
    eventLength = 0;
    if (data.length === 0) return;
    onEvent({
      event: event || 'message',
      data: data.length === 1 ? (data[0] as string) : data.join('\n'),
      ...(id === undefined ? {} : { id }),
      ...(retry === undefined ? {} : { retry }),
    });
  }

  function field(name: string, value: string): void {
    if (name === 'data') fields.data.push(value);
    else if (name === 'event') fields.event = value;
    else if (name === 'id' && !value.includes('\0')) fields.id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) fields.retry = Number(value);
  }

  function line(text: string): void {
    if (text === '') return dispatch();
    eventLength += text.length;
    checkLength(eventLength);
    if (text.startsWith(':')) return;
    const colon = text.indexOf(':');
    if (colon < 0) return field(text, '');
    field(text.slice(0, colon), text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1));
  }

  function checkLength(length: number): void {
    if (length > maxEventLength) throw new RangeError(`an event is longer than ${maxEventLength} characters`);
  }

  return {
    push(chunk: string): void {
      if (chunk === '') return;
      const skipped = begun ? afterCarriageReturn && chunk.startsWith('\n') : chunk.startsWith('\ufeff');
      begun = true;
      const text = skipped ? chunk.slice(1) : chunk;
      afterCarriageReturn = text.endsWith('\r');
      const lineEnd = /\r\n|\n|\r/g;
      let start = 0;
      for (let found = lineEnd.exec(text); found !== null; found = lineEnd.exec(text)) {
        const complete = rest + text.slice(start, found.index);
        rest = '';
        start = lineEnd.lastIndex;
        line(complete);
      }
      rest += text.slice(start);
      checkLength(eventLength + rest.length);
    },
  };
}
