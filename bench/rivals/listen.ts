import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port of loopback and says so in the JSON line that the benchmark waits for. */
export function listen(role: string, listener: RequestListener): void {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    announce(role, port);
  });
}

export function announce(role: string, port: number): void {
  process.stdout.write(`${JSON.stringify({ msg: 'Listening', role, url: `http://127.0.0.1:${port}` })}\n`);
}
