import { META, MODERN_REVISIONS } from '../../mcp/modern.ts';
import type { Channel } from './channel.ts';
import type { Outcome } from './contract.ts';
import { NOT_DELIVERED } from './errors.ts';
import type { ImplementationInfo, ServerFacts } from './initialize.ts';
import { settlesWithin } from './within.ts';

/** The server was reached and does not speak 2026-07-28. */
export class NotModernError extends Error {}

interface Introduction {
  name: string;
  /** Milliseconds for opening the channel and for the answer together. */
  timeout: number;
}

/**
 * Opens the channel and asks the server what it is (2026-07-28, server/discover).
 * @throws NotModernError when it answers otherwise or not at all; Error with a sentence when it cannot be reached
 */
export async function discover(
  channel: Channel,
  ask: (params: Record<string, unknown>, timeout: number) => Promise<Outcome>,
  { name, timeout }: Introduction,
): Promise<ServerFacts> {
  const began = performance.now();
  if (!(await settlesWithin(channel.open(), timeout))) {
    throw new Error(`server '${name}' could not be reached within ${timeout / 1000} s`);
  }
  const outcome = await ask({}, Math.max(1, timeout - (performance.now() - began)));
  if ('error' in outcome) {
    const { message, data } = outcome.error;
    if ((data as { code?: unknown } | undefined)?.code !== 'MCPHUB_SERVER_NOT_REACHED')
      throw new NotModernError(message);
    throw new Error(message.slice(NOT_DELIVERED.length));
  }
  return readFacts(name, outcome.result);
}

/**
 * What an answer to `server/discover` says.
 * @throws NotModernError when it offers no revision that the hub speaks
 */
export function readFacts(name: string, result: Record<string, unknown>): ServerFacts {
  const { supportedVersions, capabilities, instructions, _meta } = result;
  const offered = Array.isArray(supportedVersions) ? supportedVersions : [];
  const revision = MODERN_REVISIONS.findLast((known) => offered.includes(known));
  if (revision === undefined) {
    throw new NotModernError(
      `server '${name}' offers ${JSON.stringify(supportedVersions)}, none of ${MODERN_REVISIONS}`,
    );
  }
  const meta = isObject(_meta) ? _meta : {};
  const info = isObject(meta[META.serverInfo]) ? meta[META.serverInfo] : result.serverInfo;
  return {
    protocolVersion: revision,
    capabilities: isObject(capabilities) ? capabilities : {},
    serverInfo: readInfo(name, isObject(info) ? info : {}),
    ...(typeof instructions === 'string' ? { instructions } : {}),
  };
}

function readInfo(name: string, info: Record<string, unknown>): ImplementationInfo {
  return { ...info, name: String(info.name ?? name), version: String(info.version ?? '') };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
