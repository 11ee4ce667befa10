import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { MatrixTools } from './matrix-tools.ts';
import { connectedModernServer } from './modern.ts';

/** Refuses `initialize`; its name is the first argument. */
const matrix = new MatrixTools(process.argv[2] ?? 'stdio-modern');
serveStdio(() => connectedModernServer(matrix), { legacy: 'reject' });
