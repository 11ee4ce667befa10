import { CONFIG } from '../config.ts';
import { NodeError } from '../node-error.ts';
import type { HubRequest } from './carried.ts';

/**
 * Reads a request body whole.
 * @param limit bytes
 * @throws NodeError MCPHUB_BODY_TOO_LARGE as soon as the limit is known to be passed; the rest is not kept
 */
export function readBody(request: HubRequest, limit: number): Promise<Buffer> {
  if ('whole' in request) return Promise.resolve(request.whole);
  if (Number(request.headers['content-length'] ?? 0) > limit) {
    return Promise.reject(new NodeError('MCPHUB_BODY_TOO_LARGE', { limit }));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const read = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= limit) return;
      request.off('data', read);
      chunks.length = 0;
      reject(new NodeError('MCPHUB_BODY_TOO_LARGE', { limit }));
    };
    request.on('data', read);
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => {
      // It comes after every body, and an error that nobody sees costs its stack trace.
      if (!request.readableEnded) reject(new Error('the client went away'));
    });
  });
}

/**
 * Lets a body that was refused arrive, for a while, and drops it: a client that is still sending when the connection
 * closes is reset before it has read the answer.
 * @returns when the body has ended, or enough was dropped
 */
export function dropBody(request: HubRequest): Promise<void> {
  if ('whole' in request) return Promise.resolve();
  return new Promise((resolve) => {
    let dropped = 0;
    const done = () => {
      clearTimeout(timer);
      request.off('data', drop);
      resolve();
    };
    const drop = (chunk: Buffer) => {
      dropped += chunk.length;
      if (dropped > CONFIG.maxDroppedBytes) done();
    };
    const timer = setTimeout(done, CONFIG.dropTime);
    request.on('data', drop);
    request.once('end', done);
    request.once('close', done);
    request.resume();
  });
}
