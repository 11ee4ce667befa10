import type { IncomingMessage } from 'node:http';
import { NodeError } from './errors.ts';

/**
 * Reads a request body whole.
 * @param limit bytes
 * @throws NodeError MCPHUB_BODY_TOO_LARGE as soon as the limit is known to be passed; the rest is not read
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) {
    return Promise.reject(new NodeError('MCPHUB_BODY_TOO_LARGE', { limit }));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        request.pause();
        reject(new NodeError('MCPHUB_BODY_TOO_LARGE', { limit }));
      } else {
        chunks.push(chunk);
      }
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the client went away')));
  });
}
