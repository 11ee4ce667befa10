import { createMcpHandler } from '@modelcontextprotocol/server';
import { serveWeb } from '../../support/fixture/web.ts';
import { MatrixTools } from './matrix-tools.ts';
import { modernServer } from './modern.ts';

/** Streamable HTTP of 2026-07-28 and no other; its name is the first argument. */
const matrix = new MatrixTools(process.argv[2] ?? 'http-modern');
const handler = createMcpHandler(() => modernServer(matrix), { legacy: 'reject' });
matrix.on('tools', () => handler.notify.toolsChanged());
matrix.on('updated', (uri) => handler.notify.resourceUpdated(uri));
serveWeb((request) => handler.fetch(request));
