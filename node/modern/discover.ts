import { META, MODERN_REVISIONS } from '../../mcp/modern.ts';
import { LEGACY_REVISIONS } from '../../mcp/revisions.ts';
import { CONFIG } from '../config.ts';
import type { Hub } from '../hub.ts';
import { describe } from '../methods/initialize.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';
import { mustBeTied } from './tied.ts';

/**
 * `server/discover` (2026-07-28): what the target can do now, and in which revisions it does so for this client. Lists may change at
 * any time, since servers come and go.
 */
export async function discover(hub: Hub, call: Call): Promise<Outcome> {
  const { serverInfo, capabilities, instructions } = await describe(hub, call.caller);
  const isTied = !(await mustBeTied(hub, call.caller));
  return {
    result: {
      resultType: 'complete',
      supportedVersions: [...(isTied ? MODERN_REVISIONS : LEGACY_REVISIONS)],
      capabilities,
      ...(instructions === undefined ? {} : { instructions }),
      ttlMs: CONFIG.listTtl,
      cacheScope: 'private',
      _meta: { [META.serverInfo]: serverInfo },
    },
  };
}
