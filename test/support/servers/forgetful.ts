import type { ServerResponse } from 'node:http';
import { answer, json, type RemoteFixture, type Seen, stream } from './remote.ts';

/** A server with sessions, which can forget them all, as one does that is started anew. */
export interface Forgetful {
  /** Names of the tools that ran, in order. */
  readonly ran: string[];
  forget(): void;
}

/** How servers refuse a request of a session that they do not know. */
export type Refuse = (seen: Seen, res: ServerResponse) => void;

/** Makes the fixture a server that gives sessions, serves those that it knows, and refuses all others in one way. */
export function makeForgetful(remote: RemoteFixture, refuse: Refuse): Forgetful {
  const known = new Set<unknown>();
  const ran: string[] = [];
  remote.handlers['*'] = (seen, res) => {
    const { method, params, id } = seen.message;
    if (method === 'server/discover') return void res.writeHead(400).end();
    if (method === 'initialize') {
      known.add(`session-${remote.sessions + 1}`);
      return remote.initialize(seen, res);
    }
    if (!known.has(seen.headers['mcp-session-id'])) return refuse(seen, res);
    if (seen.method === 'GET') return void stream(res);
    if (method === 'ping') return json(res, { jsonrpc: '2.0', id, result: {} });
    if (method === 'tools/list') {
      const tools = [{ name: 'any', inputSchema: { type: 'object' } }];
      return json(res, { jsonrpc: '2.0', id, result: { tools } });
    }
    if (method !== 'tools/call') return remote.usual(seen, res);
    ran.push(String(params?.name));
    json(res, answer(id, `ran in ${seen.headers['mcp-session-id']}`));
  };
  return { ran, forget: () => known.clear() };
}

const error = (code: number, message: string) => (id: unknown) => ({ jsonrpc: '2.0', id, error: { code, message } });
const NO_SESSION = error(-32000, 'Bad Request: No valid session ID provided');

function plain(status: number, type: string, body: string): Refuse {
  return (_seen, res) => void res.writeHead(status, { 'content-type': type }).end(body);
}

/** Refusals as they were met, and as gateways in front of servers have them. */
export const REFUSALS: Record<string, Refuse> = {
  '404 as the specification says': (_seen, res) => json(res, error(-32001, 'Session not found')(null), 404),
  '404 with an id of its own': (_seen, res) => json(res, error(-32600, 'Session not found')('server-error'), 404),
  '400 with -32000 (supergateway --stateful)': (_seen, res) => json(res, NO_SESSION(null), 400),
  '400 with -32000 under the id of the request': ({ message }, res) => json(res, NO_SESSION(message.id ?? null), 400),
  '400 with a text (older Python SDK)': plain(400, 'text/plain', 'Bad Request: No valid session ID provided'),
  '400 without a word': plain(400, '', ''),
  '302 to a page to sign in': (_seen, res) => void res.writeHead(302, { location: 'http://sign-in.test/' }).end(),
  '307 to another host': (_seen, res) => void res.writeHead(307, { location: 'http://sign-in.test/' }).end(),
  '401 of a gateway': plain(401, 'application/json', '{"error":"invalid_token"}'),
  '403': plain(403, 'application/json', '{"error":"forbidden"}'),
  '409': plain(409, 'application/json', '{}'),
  '410': plain(410, 'text/html', '<html>gone</html>'),
  '422': plain(422, 'application/json', '{"detail":[{"loc":["header","mcp-session-id"],"msg":"Unknown session"}]}'),
  '200 with a JSON-RPC error': ({ message }, res) => json(res, error(-32001, 'Session not found')(message.id)),
  '200 with a JSON-RPC error without an id': (_seen, res) => json(res, error(-32000, 'Server not initialized')(null)),
  '200 with an error on a stream (Python, not initialized)': ({ message }, res) =>
    void stream(res).end(`data: ${JSON.stringify(error(-32602, 'Invalid request parameters')(message.id))}\n\n`),
};

/** Refusals of which nobody can say that nothing ran. */
export const UNCLEAR_REFUSALS: Record<string, Refuse> = {
  '200 with a page to sign in': plain(200, 'text/html', '<html>sign in</html>'),
  '200 without a body': plain(200, 'application/json', ''),
  '500 with a text': plain(500, 'text/plain', 'KeyError: session'),
  '501': plain(501, 'text/html', '<html>'),
};
