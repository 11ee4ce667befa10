import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { legacyServer } from './legacy.ts';
import { MatrixTools } from './matrix-tools.ts';

/** Knows `initialize` only; its name is the first argument. */
await legacyServer(new MatrixTools(process.argv[2] ?? 'stdio-legacy')).connect(new StdioServerTransport());
