import { META, MODERN_REVISIONS } from '../../mcp/modern.ts';
import { CONFIG } from '../config.ts';
import type { Hub } from '../hub.ts';
import { describe } from '../methods/initialize.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';

/** `server/discover` (2026-07-28): what the target can do now. Lists may change at any time, since servers come and go. */
export async function discover(hub: Hub, call: Call): Promise<Outcome> {
  const { serverInfo, capabilities, instructions } = await describe(hub, call.caller);
  return {
    result: {
      resultType: 'complete',
      supportedVersions: [...MODERN_REVISIONS],
      capabilities,
      ...(instructions === undefined ? {} : { instructions }),
      ttlMs: CONFIG.listTtl,
      cacheScope: 'private',
      _meta: { [META.serverInfo]: serverInfo },
    },
  };
}
