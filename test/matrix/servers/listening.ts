import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves on a free port of 127.0.0.1 and prints one JSON line with the address, as the processes of a cluster do. */
export function listen(serve: RequestListener): void {
  const server = createServer(serve);
  server.listen(0, '127.0.0.1', () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.stdout.write(`${JSON.stringify({ msg: 'Listening', role: 'matrix', url })}\n`);
  });
}
