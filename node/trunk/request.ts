import type { IncomingHttpHeaders } from 'node:http';
import type { RequestFrameHead } from '../../cluster/trunk/frames.ts';
import { fieldName, isFieldValue, isMethod, isPath } from '../../mcp/field-syntax.ts';
import { parseJson } from '../../mcp/json.ts';
import type { WholeRequest } from '../http/carried.ts';

/**
 * Makes the request of a frame.
 * @param body copied, since it is overwritten afterwards
 * @throws Error when it is none
 */
export function readRequest(head: string, body: Buffer): WholeRequest {
  const parts: unknown = parseJson(head);
  const [method, url, pairs] = Array.isArray(parts) ? (parts as Partial<RequestFrameHead>) : [];
  if (typeof method !== 'string' || !isMethod(method)) throw new Error('the method of a request on the trunk is none');
  if (typeof url !== 'string' || !isPath(url)) throw new Error('the path of a request on the trunk is none');
  if (!Array.isArray(pairs)) throw new Error('the headers of a request on the trunk are none');
  return { method, url, headers: readHeaders(pairs), whole: Buffer.from(body) };
}

/**
 * Headers as `IncomingMessage` has them: names in lower case, values of the same name joined (RFC 9110, section 5.3).
 * @param pairs names and values in turn
 */
function readHeaders(pairs: readonly unknown[]): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = Object.create(null);
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const [given, value] = [pairs[i], pairs[i + 1]];
    const name = typeof given === 'string' ? fieldName(given) : undefined;
    if (name === undefined || typeof value !== 'string' || !isFieldValue(value))
      throw new Error('a header of a request on the trunk is malformed');
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}
