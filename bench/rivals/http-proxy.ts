import { Agent, ServerResponse } from 'node:http';
import httpProxy from 'http-proxy';
import { listen } from './listen.ts';

/** `http-proxy` 1.18 in a few lines: one target, a new connection for each request unless `keep-alive` is asked for. */
const [, , target, mode] = process.argv;
if (target === undefined) throw new Error('usage: http-proxy.ts TARGET_URL [keep-alive]');
const proxy = httpProxy.createProxyServer(
  mode === 'keep-alive' ? { target, agent: new Agent({ keepAlive: true }) } : { target },
);
proxy.on('error', (_error, _req, res) => {
  if (res instanceof ServerResponse && !res.headersSent) res.writeHead(502).end();
});
listen('http-proxy', (req, res) => proxy.web(req, res));
