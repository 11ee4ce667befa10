import { INSPECTOR_LEGACY, INSPECTOR_MODERN } from './inspector.ts';
import type { Driver } from './matrix-client.ts';
import { MCP_REMOTE } from './mcp-remote.ts';
import { V1_HTTP, V1_SSE } from './sdk-v1.ts';
import { V2_AUTO, V2_LEGACY, V2_PINNED } from './sdk-v2.ts';

/** In the order of the table. */
export const DRIVERS: readonly Driver[] = [
  V1_HTTP,
  V1_SSE,
  V2_LEGACY,
  V2_AUTO,
  V2_PINNED,
  MCP_REMOTE,
  INSPECTOR_LEGACY,
  INSPECTOR_MODERN,
];
