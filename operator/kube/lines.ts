/** Longest line in characters; etcd refuses objects above 1.5 MiB, and JSON may escape them to several times that. */
const LONGEST = 64 * 1024 * 1024;

/**
 * Splits a stream of UTF-8 into lines, wherever its chunks are cut. A last line without its end is left out: it may
 * be cut.
 * @throws RangeError for a line longer than 64 Mi characters
 */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const pieces = decoder.decode(chunk, { stream: true }).split('\n');
    const rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      const line = parts.join('') + piece;
      parts = [];
      length = 0;
      if (line.trim() !== '') yield line;
    }
    parts.push(rest);
    length += rest.length;
    if (length > LONGEST) throw new RangeError(`a line of more than ${LONGEST} characters`);
  }
}
