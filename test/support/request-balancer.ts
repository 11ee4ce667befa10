import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Rotation } from './rotation.ts';

/** Those that speak of one connection only. `Transfer-Encoding` stays: the body goes on in the form in which it came. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade']);

/**
 * A server that sends each request to the next of the rotation, on a connection of its own, so that no request can
 * meet one that is just being closed.
 */
export function requestServer(rotation: Rotation): Server {
  const server = createServer({ noDelay: true, requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 });
  server.on('request', async (req, res) => {
    res.on('error', ignore);
    req.on('error', ignore);
    const socket = await rotation.connect();
    if (socket === undefined || res.destroyed) {
      socket?.destroy();
      res.destroy();
    } else carry(req, res, socket);
  });
  return server;
}

/** What breaks off on one side breaks off on the other: it makes up no answer. */
function carry(req: IncomingMessage, res: ServerResponse, socket: Socket): void {
  const { method, url: path } = req;
  const headers = [...ofTheMessage(req.rawHeaders), 'connection', 'close'];
  const sent = request({ createConnection: () => socket, method, path, headers, setHost: false });
  sent.on('error', () => res.destroy());
  sent.on('response', (answer) => {
    res.writeHead(answer.statusCode ?? 0, answer.statusMessage, ofTheMessage(answer.rawHeaders));
    res.flushHeaders();
    answer.on('error', ignore);
    answer.on('close', () => {
      if (!answer.complete) res.destroy();
    });
    answer.pipe(res);
  });
  res.on('close', () => {
    if (!res.writableFinished) sent.destroy();
  });
  req.pipe(sent);
}

function ofTheMessage(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]];
    if (!OF_THE_CONNECTION.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

/** `close` follows each error, and is what counts. */
function ignore(): void {}
