import type { IncomingHttpHeaders } from 'node:http';
import type { RequestFrameHead } from '../../cluster/trunk/frames.ts';
import { parseJson } from '../../mcp/json.ts';
import type { WholeRequest } from '../http/carried.ts';

/**
 * Makes the request of a frame.
 * @param body copied, since it is overwritten afterwards
 * @throws Error when it is none
 */
export function readRequest(head: string, body: Buffer): WholeRequest {
  const [method, url, pairs] = parseJson(head) as RequestFrameHead;
  if (!areTexts([method, url]) || !Array.isArray(pairs) || !areTexts(pairs))
    throw new Error('what comes on the trunk is no request');
  return { method, url, headers: readHeaders(pairs), whole: Buffer.from(body) };
}

function areTexts(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}

/**
 * Headers as `IncomingMessage` has them: names in lower case, values of the same name joined (RFC 9110, section 5.3).
 * @param pairs names and values in turn
 */
function readHeaders(pairs: readonly string[]): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = Object.create(null);
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = (pairs[i] as string).toLowerCase();
    const value = pairs[i + 1] as string;
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}
