import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** Serves on a free port of 127.0.0.1 and prints one JSON line with the address, as the processes of a cluster do. */
export function listen(serve: RequestListener): void {
  const server = createServer(serve);
  server.listen(0, '127.0.0.1', () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.stdout.write(`${JSON.stringify({ msg: 'Listening', role: 'matrix', url })}\n`);
  });
}

/** A handler of web requests as one of Node's. A connection that closes aborts the request. */
export function webListener(handle: (request: Request) => Promise<Response>): RequestListener {
  return (req, res) => {
    answer(handle, req, res).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      res.destroy();
    });
  };
}

async function answer(
  handle: (request: Request) => Promise<Response>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) headers.set(name, String(value));
  const method = req.method ?? 'GET';
  const body = method === 'POST' ? { body: await readText(req) } : {};
  const url = `http://${req.headers.host}${req.url}`;
  const response = await handle(new Request(url, { method, headers, signal: gone.signal, ...body }));
  res.writeHead(response.status, Object.fromEntries(response.headers));
  res.flushHeaders();
  if (response.body === null) res.end();
  // A client that leaves in the middle of a stream is nothing to report.
  else await pipeline(Readable.fromWeb(response.body as ReadableStream), res).catch(() => undefined);
}
