import { isLegacyRevision, isModernRevision, LATEST_LEGACY_REVISION, LEGACY_REVISIONS } from '../../mcp/revisions.ts';
import type { Channel } from './channel.ts';
import { NOT_DELIVERED } from './errors.ts';
import { type Ask, askFirst, factsOf, type Introduction, type ServerFacts } from './opening.ts';

/**
 * Opens the channel, offers our latest revision and accepts any legacy one
 * (2025-11-25, basic/lifecycle, "Version Negotiation").
 * @throws Error with a sentence that says what went wrong
 */
export async function initialize(channel: Channel, ask: Ask, introduction: Introduction): Promise<ServerFacts> {
  const { name, clientInfo, capabilities, timeout } = introduction;
  const params = { protocolVersion: LATEST_LEGACY_REVISION, capabilities, clientInfo };
  const outcome = await askFirst(channel, ask, params, introduction);
  if ('error' in outcome) throw refusal(name, outcome.error, timeout, channel.remark?.());
  const { protocolVersion, ...said } = outcome.result;
  if (isLegacyRevision(protocolVersion)) return factsOf(name, protocolVersion, said);
  const spoken = `server '${name}' speaks revision ${JSON.stringify(protocolVersion)}`;
  // One that answers with a newer revision can be asked in that.
  if (typeof protocolVersion === 'string' && isModernRevision(protocolVersion))
    throw new InitializeRefusedError(spoken);
  throw new Error(`${spoken}, but one of ${LEGACY_REVISIONS.join(', ')} is needed`);
}

/** The server was reached and does not want to be initialized. */
export class InitializeRefusedError extends Error {}

function refusal(name: string, error: { message: string; data?: unknown }, timeout: number, remark = ''): Error {
  const code = (error.data as { code?: unknown } | undefined)?.code;
  const own = typeof code === 'string' && code.startsWith('MCPHUB_') && code !== 'MCPHUB_SERVER_NO_ANSWER';
  const isSilent = code === 'MCPHUB_SERVER_TIMEOUT';
  const text = `${explain(name, error, timeout)}${isSilent ? remark : ''}`;
  return own ? new Error(text) : new InitializeRefusedError(text);
}

function explain(name: string, error: { message: string; data?: unknown }, timeout: number): string {
  const code = (error.data as { code?: unknown } | undefined)?.code;
  if (code === 'MCPHUB_SERVER_TIMEOUT') return `server '${name}' did not answer initialize within ${timeout / 1000} s`;
  if (code === 'MCPHUB_SERVER_NOT_REACHED') return error.message.slice(NOT_DELIVERED.length);
  if (typeof code === 'string' && code.startsWith('MCPHUB_')) return error.message;
  return `server '${name}' refused initialize: ${error.message}`;
}
