import { Agent, ServerResponse } from 'node:http';
import httpProxy from 'http-proxy';
import { listen } from './listen.ts';

/** What one writes with `http-proxy` 1.18 in a few lines: one target, kept-alive connections, nothing else. */
const target = process.argv[2];
if (target === undefined) throw new Error('usage: http-proxy.ts TARGET_URL');
const proxy = httpProxy.createProxyServer({ target, agent: new Agent({ keepAlive: true }) });
proxy.on('error', (_error, _req, res) => {
  if (res instanceof ServerResponse && !res.headersSent) res.writeHead(502).end();
});
listen('http-proxy', (req, res) => proxy.web(req, res));
