const NEWLINE = 0x0a;
/** How much of both ends of a too long line is kept to tell what it was. */
const SAMPLE = 256;

/** A line that was dropped. */
export interface LongLine {
  bytes: number;
  head: string;
  tail: string;
}

/**
 * An incremental reader of newline-delimited text in bounded memory: a line beyond the limit is dropped as it
 * arrives, and reading goes on after its newline.
 * @param limit bytes of the longest line
 * @param onLine a complete line without its newline; called in order, synchronously from `push`
 * @param onLong a line that was dropped, once its end is known
 */
export function createLineReader(limit: number, onLine: (line: string) => void, onLong: (line: LongLine) => void) {
  let parts: Buffer[] = [];
  let length = 0;
  /** Set while a too long line goes by. */
  let head: string | undefined;
  let tail = Buffer.alloc(0);

  function keep(part: Buffer): void {
    length += part.length;
    if (head === undefined && length <= limit) {
      parts.push(part);
      return;
    }
    if (head === undefined) {
      head = Buffer.concat(parts, Math.min(length - part.length, SAMPLE)).toString();
      head = (head + part.toString('utf8', 0, SAMPLE)).slice(0, SAMPLE);
      parts = [];
    }
    tail = Buffer.concat([tail, part.subarray(-SAMPLE)]).subarray(-SAMPLE);
  }

  function end(last: Buffer): void {
    if (length === 0 && last.length <= limit) return onLine(last.toString());
    keep(last);
    const [only] = parts;
    if (head !== undefined) onLong({ bytes: length, head, tail: tail.toString() });
    else onLine((parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, length)).toString());
    parts = [];
    length = 0;
    head = undefined;
    tail = Buffer.alloc(0);
  }

  return {
    push(chunk: Buffer): void {
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
        end(chunk.subarray(start, at));
        start = at + 1;
      }
      if (start < chunk.length) keep(chunk.subarray(start));
    },
  };
}

/**
 * The id of the request that a dropped line would have answered, where JSON.stringify of common servers puts it.
 * @returns undefined when neither end of the line shows it
 */
export function answeredId(line: LongLine): number | undefined {
  const found =
    /^\{"jsonrpc":"2\.0","id":(\d+),"(?:result|error)":/.exec(line.head) ??
    /,"jsonrpc":"2\.0","id":(\d+)\}\s*$/.exec(line.tail);
  return found === null ? undefined : Number(found[1]);
}
