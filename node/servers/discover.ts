import { REVISION_UNSUPPORTED } from '../../mcp/errors.ts';
import type { JsonRpcErrorObject } from '../../mcp/jsonrpc.ts';
import { META, MODERN_REVISIONS, metaOf } from '../../mcp/modern.ts';
import type { Channel } from './channel.ts';
import { NOT_DELIVERED } from './errors.ts';
import { type Ask, askFirst, factsOf, type Introduction, type ServerFacts } from './opening.ts';

/** The server was reached and does not speak 2026-07-28. */
export class NotModernError extends Error {}

/** The server said nothing, or was gone before it did: it may speak 2026-07-28 or not. */
export class EraUnknownError extends Error {}

/**
 * Opens the channel and asks the server what it is (2026-07-28, server/discover).
 * @throws NotModernError when it answers otherwise, EraUnknownError when not at all; Error with a sentence when it cannot be reached
 */
export async function discover(channel: Channel, ask: Ask, introduction: Introduction): Promise<ServerFacts> {
  let outcome = await askFirst(channel, ask, {}, introduction);
  if ('error' in outcome && offersKnown(outcome.error)) outcome = await ask({}, introduction.timeout);
  if ('result' in outcome) return readDiscovery(introduction.name, outcome.result);
  const { message, data } = outcome.error;
  const { code } = (data ?? {}) as { code?: unknown };
  if (code === 'MCPHUB_SERVER_NOT_REACHED') throw new Error(message.slice(NOT_DELIVERED.length));
  throw SILENT.has(code) ? new EraUnknownError(message) : new NotModernError(message);
}

const SILENT: ReadonlySet<unknown> = new Set(['MCPHUB_SERVER_TIMEOUT', 'MCPHUB_SERVER_LOST']);

/**
 * What an answer to `server/discover` says.
 * @throws NotModernError when it offers no revision that the hub speaks
 */
export function readDiscovery(name: string, result: Record<string, unknown>): ServerFacts {
  const { supportedVersions } = result;
  const revision = newestKnown(supportedVersions);
  if (revision !== undefined) {
    return factsOf(name, revision, { ...result, serverInfo: metaOf(result)[META.serverInfo] ?? result.serverInfo });
  }
  const offer = JSON.stringify(supportedVersions);
  throw new NotModernError(`server '${name}' offers ${offer}, none of ${MODERN_REVISIONS.join(', ')}`);
}

/** A server that does not serve what it was asked in names what it serves (2026-07-28, basic/lifecycle, "Version Negotiation"). */
function offersKnown({ code, data }: JsonRpcErrorObject): boolean {
  return (
    code === REVISION_UNSUPPORTED && newestKnown((data as { supported?: unknown } | undefined)?.supported) !== undefined
  );
}

function newestKnown(offered: unknown): string | undefined {
  return MODERN_REVISIONS.findLast((known) => Array.isArray(offered) && offered.includes(known));
}
