import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { announce } from './listen.ts';

/**
 * The command line of `mcp-proxy` (npm) as its users start it, in this process, in front of an echo server on stdio. Arguments
 * are the script of the server beside this one and more options of `mcp-proxy`.
 */
const [script = 'echo-stdio.ts', ...more] = process.argv.slice(2);
const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const { port } = probe.address() as AddressInfo;
probe.close();
await once(probe, 'close');

const echo = fileURLToPath(new URL(`./${script}`, import.meta.url));
const options = ['--host', '127.0.0.1', '--port', String(port), ...more];
process.argv.splice(2, Number.POSITIVE_INFINITY, ...options, '--', process.execPath, echo);
await import(new URL('../../node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs', import.meta.url).href);

while (!(await accepts(port))) await delay(100);
announce('mcp-proxy', port);

async function accepts(candidate: number): Promise<boolean> {
  const socket = connect(candidate, '127.0.0.1');
  const reached = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return reached;
}
