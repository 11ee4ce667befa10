import { fileURLToPath } from 'node:url';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Driver } from './matrix-client.ts';
import { V1MatrixClient } from './sdk-v1.ts';

const PROXY = fileURLToPath(new URL('../../../node_modules/mcp-remote/dist/proxy.js', import.meta.url));

/** mcp-remote as the stdio server of an SDK v1 client: how desktop clients reach a remote server. */
export const MCP_REMOTE: Driver = {
  title: 'mcp-remote',
  cannot: {},
  open: (base, route) =>
    new V1MatrixClient().connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [PROXY, `${base}/mcp${route}`, '--allow-http'],
        stderr: 'ignore',
      }),
    ),
};
