import { HOP_BY_HOP } from '../mcp/headers.ts';
import { bearerAuthRequired } from './bearer-keys.ts';
import type { LocatedProblem } from './issues.ts';
import { formatPath } from './path.ts';
import type { Settings } from './schema.ts';

/** Secrets and facts that members of a cluster tell each other, sessions of the hub, and what belongs to one hop. */
const OF_THE_HUB = /^(x-mcphub-.*|mcp-.*|last-event-id|host|content-.*|accept|accept-encoding|expect)$/;

/** Why a header of a client must never go on to a server; undefined where the settings may ask for that. */
export function passthroughProblem(name: string): string | undefined {
  const header = name.toLowerCase();
  if (!OF_THE_HUB.test(header) && !HOP_BY_HOP.has(header)) return undefined;
  return `${name} is a header between the client and the hub, or between members of a cluster, which no server gets; remove it`;
}

/**
 * Servers that ask for the client's `Authorization` of a hub that asks for keys: it is the key of the hub, which opens everything that
 * the client may reach (2025-11-25, basic/authorization, "Token Passthrough").
 */
export function keyPassedOn(settings: Settings): LocatedProblem[] {
  if (!bearerAuthRequired(settings)) return [];
  return Object.entries(settings.mcpServers).flatMap(([name, { passthroughHeaders = [] }]) =>
    passthroughHeaders.flatMap((header, index) => {
      if (header.toLowerCase() !== 'authorization') return [];
      const path = ['mcpServers', name, 'passthroughHeaders', index];
      const problem =
        `${formatPath(path)}: with bearer keys, Authorization is the key of the hub, which no server gets; let clients send the ` +
        'credentials for the server in a header of another name, or put them into "headers"';
      return { path, problem };
    }),
  );
}
