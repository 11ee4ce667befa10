import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { MatrixTools } from './matrix-tools.ts';
import { connectedModernServer } from './modern.ts';

/** Speaks the era of the first message; its name is the first argument. */
const matrix = new MatrixTools(process.argv[2] ?? 'stdio-dual');
serveStdio(() => connectedModernServer(matrix));
