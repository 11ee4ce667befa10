import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startHarness } from '../router/support/harness.ts';
import { script } from './cluster.ts';
import { startNode } from './node.ts';
import { echoServer } from './servers/hub.ts';
import { until } from './until.ts';

/**
 * A process with a coordinator and a node, which tells how long its event loop has stood still. That is counted in CPU time of the
 * thread, so that whatever else the machine does is no part of it.
 */
const harness = await startHarness();
const { node } = await startNode(
  { mcpServers: { verbatim: script('verbatim'), echo: echoServer() } },
  { coordinators: [harness.coordinator.url] },
);
await until(() => node.ready());

/** Milliseconds. */
let longest = 0;
let before = process.threadCpuUsage();
setInterval(() => {
  const { user, system } = process.threadCpuUsage(before);
  longest = Math.max(longest, (user + system) / 1_000);
  before = process.threadCpuUsage();
}, 2);

/** Tells the longest time since it was asked last. */
const teller = createServer((_, res) => {
  setTimeout(() => {
    res.end(String(longest));
    longest = 0;
  }, 5);
}).listen(0, '127.0.0.1', () => {
  const { port } = teller.address() as AddressInfo;
  process.stdout.write(
    `${JSON.stringify({ hub: harness.coordinator.url, node: node.url, teller: `http://127.0.0.1:${port}` })}\n`,
  );
});
