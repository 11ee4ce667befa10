import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';

export interface RawAnswer {
  status: number;
  headers: Record<string, unknown>;
  /** What came until the end, or until it broke. */
  text: string;
  /** Whether the answer was broken off, rather than ended. */
  broken: boolean;
}

export interface RawRequest {
  url: string;
  ca: string;
  token: string;
  path: string;
  method?: string;
  body?: string;
  /** Called with each piece of the answer. */
  onData?: (chunk: string) => void;
  signal?: AbortSignal;
}

/** One request on a connection of its own. @throws when no answer begins */
export const CLIENTS: Record<string, (request: RawRequest) => Promise<RawAnswer>> = {
  'HTTP/1.1': async ({ url, ca, token, path, method = 'GET', body, onData, signal }) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const outgoing = request(`${url}${path}`, { ca, method, headers, agent: false, ...(signal ? { signal } : {}) });
    outgoing.end(body);
    const [response] = await once(outgoing, 'response');
    return { status: response.statusCode, headers: response.headers, ...(await read(response, onData)) };
  },

  'HTTP/2': async ({ url, ca, token, path, method = 'GET', body, onData, signal }) => {
    const session = connectHttp2(url, { ca });
    try {
      await Promise.race([once(session, 'connect'), failure(session)]);
      const stream = session.request(
        { ':path': path, ':method': method, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        signal ? { signal } : {},
      );
      stream.end(body);
      // A stream that is ended before its answer gives no error when its code says that there is none.
      const closed = once(stream, 'close').then(() => Promise.reject(new Error('the stream closed without an answer')));
      closed.catch(() => {});
      const [headers] = await Promise.race([once(stream, 'response'), closed]);
      return { status: headers[':status'], headers, ...(await read(stream, onData)) };
    } finally {
      session.destroy();
    }
  },
};

function failure(session: ReturnType<typeof connectHttp2>): Promise<never> {
  return new Promise((_resolve, reject) => {
    session.on('error', reject);
    session.once('close', () => reject(new Error('the session closed')));
  });
}

async function read(
  stream: NodeJS.ReadableStream,
  onData?: (chunk: string) => void,
): Promise<Pick<RawAnswer, 'text' | 'broken'>> {
  let text = '';
  try {
    for await (const chunk of stream) {
      text += chunk;
      onData?.(String(chunk));
    }
    return { text, broken: false };
  } catch {
    return { text, broken: true };
  }
}
